import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { AppEnv } from '../../app-extension.ts'
import { problem } from '../../openapi.ts'
import { predictionSchema } from '../../schemas.ts'
import {
  cataloguePositionSchema,
  jobId,
  jobSchema,
  jobsSchema,
  listQuery,
  resultsQuery,
  submitQuery,
} from './job-schemas.ts'

const job = (description: string) => ({ description, content: { 'application/json': { schema: jobSchema } } })

const text = { schema: { type: 'string' } } as const

const KEY = problem('There is no such key')
const ABSENT = problem('There is no such job, or it is not of this key')

const ROUTES: readonly RouteConfig[] = [
  {
    method: 'post',
    path: '/v1/jobs',
    summary: 'Send a catalogue or pictures to be classified in the background',
    request: {
      query: submitQuery,
      headers: z.object({
        'idempotency-key': z
          .string()
          .optional()
          .openapi({ description: 'Sent again with the same rows it answers the same job.' }),
      }),
      body: {
        required: true,
        content: {
          'text/csv': text,
          'application/x-ndjson': { schema: cataloguePositionSchema },
          'multipart/form-data': {
            schema: { type: 'object', additionalProperties: { type: 'string', format: 'binary' } },
          },
        },
      },
    },
    responses: {
      202: {
        ...job('The job; it is kept from now on, whatever happens to the server'),
        headers: z.object({ location: z.string() }),
      },
      400: problem('The body is no form, or the Idempotency-Key none'),
      401: KEY,
      404: problem('There is no such model'),
      408: problem('The body did not arrive in time'),
      409: problem('A job with this Idempotency-Key is being sent; Retry-After says when to try again'),
      413: problem('Too many bytes or rows'),
      415: problem('A kind of body or encoding that is not taken'),
      422: problem(
        'A query or catalogue of another form; positions where there is no source of cut-outs; an Idempotency-Key of other rows',
      ),
      429: problem('The key has as many open jobs as it may; Retry-After says when to try again'),
      500: problem('A fault of the server'),
      503: problem(
        'Too much is being sent, or the server is being stopped; Retry-After says when to try again',
      ),
      507: problem('There is no room for more jobs'),
    },
  },
  {
    method: 'get',
    path: '/v1/jobs',
    summary: 'Jobs of this key, the newest first',
    request: { query: listQuery },
    responses: {
      200: { description: 'Jobs', content: { 'application/json': { schema: jobsSchema } } },
      401: KEY,
      422: problem('A query of another form'),
    },
  },
  {
    method: 'get',
    path: '/v1/jobs/{id}',
    summary: 'One job',
    request: { params: jobId },
    responses: { 200: job('The job'), 401: KEY, 404: ABSENT },
  },
  {
    method: 'delete',
    path: '/v1/jobs/{id}',
    summary: 'Cancel an open job; remove one that is done or cancelled',
    request: { params: jobId },
    responses: {
      200: job('The job, cancelled'),
      204: { description: 'It is removed' },
      401: KEY,
      404: ABSENT,
    },
  },
  {
    method: 'get',
    path: '/v1/jobs/{id}/events',
    summary: 'The course of a job as server-sent events',
    request: {
      params: jobId,
      headers: z.object({ 'last-event-id': z.string().optional() }),
    },
    responses: {
      200: {
        description: 'Events `progress`, and `end` as the last; the data of each is the job',
        content: { 'text/event-stream': text },
      },
      204: { description: 'The event of that id was the last' },
      401: KEY,
      404: ABSENT,
      503: problem('Too many streams are open; Retry-After says when to try again'),
    },
  },
  {
    method: 'get',
    path: '/v1/jobs/{id}/results',
    summary: 'Results in order of rows, as far as there are any without a gap',
    request: { params: jobId, query: resultsQuery },
    responses: {
      200: {
        description: 'The columns of a catalogue',
        content: { 'application/x-ndjson': { schema: predictionSchema }, 'text/csv': text },
      },
      401: KEY,
      404: ABSENT,
      422: problem('A query of another form'),
    },
  },
]

/** Describes the routes of jobs in /openapi.json. */
export function describeJobRoutes(app: OpenAPIHono<AppEnv>): void {
  for (const route of ROUTES) app.openAPIRegistry.registerPath(route)
}
