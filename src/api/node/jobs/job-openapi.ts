import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import type { AppEnv } from '../../app-extension.ts'
import type { ApiLimits } from '../../limits.ts'
import { formSchema, later, problem } from '../../openapi.ts'
import { predictionSchema } from '../../schemas.ts'
import {
  acceptedHeaders,
  cataloguePositionSchema,
  eventsHeaders,
  jobId,
  jobSchema,
  jobsSchema,
  listQuery,
  resultsQuery,
  submitHeaders,
  submitQuery,
} from './job-schemas.ts'

const KEY = problem('There is no such key')
const ABSENT = problem('There is no such job, or it is not of this key')
const FAULT = problem('A fault of the server')

/** What can be asked next of a job that an answer is about. */
const links = Object.fromEntries(
  ['getJob', 'watchJob', 'getJobResults', 'endJob'].map((operationId) => [
    operationId,
    { operationId, parameters: { id: '$response.body#/id' } },
  ]),
)

const job = (description: string) => ({
  description,
  content: { 'application/json': { schema: jobSchema } },
  links,
})

const text = (description: string) => ({ schema: { type: 'string', description } }) as const

/** An event of a stream; their order is the one in which things happened. */
const EVENT = {
  schema: {
    type: 'object' as const,
    required: ['event', 'id', 'data'],
    properties: {
      event: {
        enum: ['progress', 'end'],
        description:
          '`progress` whenever rows are done, and again where nothing happens for long; `end` is the last.',
      },
      id: { type: 'string' as const, pattern: '^[0-9]+$', description: 'For Last-Event-ID.' },
      data: { type: 'string' as const, contentMediaType: 'application/json', description: 'A Job.' },
    },
  },
}

const routes = (limits: ApiLimits): readonly RouteConfig[] => [
  {
    method: 'post',
    path: '/v1/jobs',
    operationId: 'submitJob',
    summary: 'Send a catalogue or pictures to be classified in the background',
    request: {
      query: submitQuery,
      headers: submitHeaders,
      body: {
        required: true,
        content: {
          'text/csv': text('A header with id, ra, dec and perhaps pixscale, and a line for each position.'),
          'application/x-ndjson': { schema: cataloguePositionSchema(limits) },
          'multipart/form-data': { schema: formSchema({ idLength: limits.idLength }) },
        },
      },
    },
    responses: {
      202: {
        ...job('The job; it is kept from now on, whatever happens to the server'),
        headers: acceptedHeaders,
      },
      400: problem('The body is no form, or the Idempotency-Key none'),
      401: KEY,
      404: problem('There is no such model'),
      408: problem('The body did not arrive in time'),
      409: later('A job with this Idempotency-Key is being sent'),
      413: problem('Too many bytes or rows'),
      415: problem('A kind of body or encoding that is not taken'),
      422: problem(
        'A query or catalogue of another form; positions where there is no source of cut-outs; an Idempotency-Key of other rows',
      ),
      429: later('The key has as many open jobs as it may, or sends as many at once'),
      500: FAULT,
      503: later('Too much is being sent, the server is being stopped, or the folder of jobs is gone'),
      507: problem('There is no room for more jobs'),
    },
  },
  {
    method: 'get',
    path: '/v1/jobs',
    operationId: 'listJobs',
    summary: 'Jobs of this key, the newest first',
    request: { query: listQuery },
    responses: {
      200: { description: 'Jobs', content: { 'application/json': { schema: jobsSchema } } },
      401: KEY,
      404: problem('There is no job of this key to begin behind (any more)'),
      422: problem('A query of another form'),
      500: FAULT,
    },
  },
  {
    method: 'get',
    path: '/v1/jobs/{id}',
    operationId: 'getJob',
    summary: 'One job',
    request: { params: jobId },
    responses: { 200: job('The job'), 401: KEY, 404: ABSENT, 500: FAULT },
  },
  {
    method: 'delete',
    path: '/v1/jobs/{id}',
    operationId: 'endJob',
    summary: 'Cancel an open job; remove one that is done or cancelled',
    request: { params: jobId },
    responses: {
      200: job('The job, cancelled'),
      204: { description: 'It is removed' },
      401: KEY,
      404: ABSENT,
      500: FAULT,
      507: problem('There is no room to write it down'),
    },
  },
  {
    method: 'get',
    path: '/v1/jobs/{id}/events',
    operationId: 'watchJob',
    summary: 'The course of a job as server-sent events',
    request: { params: jobId, headers: eventsHeaders },
    responses: {
      200: { description: 'Until the job is done or cancelled', content: { 'text/event-stream': EVENT } },
      204: { description: 'The event of that id was the last' },
      401: KEY,
      404: ABSENT,
      500: FAULT,
      503: later('Too many streams are open, or the server is being stopped'),
    },
  },
  {
    method: 'get',
    path: '/v1/jobs/{id}/results',
    operationId: 'getJobResults',
    summary: 'Results in order of rows, as far as there are any without a gap',
    request: { params: jobId, query: resultsQuery },
    responses: {
      200: {
        description: 'The columns of a catalogue',
        content: {
          'application/x-ndjson': { schema: predictionSchema },
          'text/csv': text('A header, and a line for each row.'),
        },
      },
      401: KEY,
      404: ABSENT,
      422: problem('A query of another form'),
      500: FAULT,
    },
  },
]

/** Describes the routes of jobs in /openapi.json. */
export function describeJobRoutes(app: OpenAPIHono<AppEnv>, limits: ApiLimits): void {
  for (const route of routes(limits)) app.openAPIRegistry.registerPath(route)
}
