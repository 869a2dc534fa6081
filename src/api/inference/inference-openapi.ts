import { type RouteConfig, z } from '@hono/zod-openapi'
import type { ApiLimits } from '../limits.ts'
import { binary, json } from '../openapi-content.ts'
import {
  inferenceErrorSchema,
  inferRequestSchema,
  inferResponseSchema,
  modelMetadataSchema,
  modelReadySchema,
  serverLiveSchema,
  serverMetadataSchema,
  serverReadySchema,
} from './inference-schemas.ts'

const error = (description: string) => json(description, inferenceErrorSchema)

const NO_KEY = error('There is no such key')
const NO_MODEL = error('There is no such model, or not of that version')
const NOT_READY = 'Starting, or being stopped'

const headerLength = (description: string) => ({
  'Inference-Header-Content-Length': { description, schema: { type: 'integer', minimum: 1 } as const },
})

/** The routes under /v2, for /openapi.json. */
export const inferenceRoutes = (limits: ApiLimits): RouteConfig[] => [
  {
    method: 'get',
    path: '/v2',
    summary: 'Name, version and extensions of the server',
    responses: { 200: json('The server', serverMetadataSchema), 401: NO_KEY },
  },
  {
    method: 'get',
    path: '/v2/health/live',
    summary: 'Whether the process answers',
    security: [],
    responses: { 200: json('It does', serverLiveSchema) },
  },
  {
    method: 'get',
    path: '/v2/health/ready',
    summary: 'Whether requests should be sent here',
    security: [],
    responses: { 200: json('Ready', serverReadySchema), 503: json(NOT_READY, serverReadySchema) },
  },
  ...modelRoutes('/v2/models/{name}', z.object({ name: z.string() }), limits),
  ...modelRoutes(
    '/v2/models/{name}/versions/{version}',
    z.object({ name: z.string(), version: z.string() }),
    limits,
  ),
]

const modelRoutes = (path: string, params: z.ZodObject, limits: ApiLimits): RouteConfig[] => [
  {
    method: 'get',
    path,
    summary: 'Inputs and outputs of a model',
    request: { params },
    responses: { 200: json('The model', modelMetadataSchema), 401: NO_KEY, 404: NO_MODEL },
  },
  {
    method: 'get',
    path: `${path}/ready`,
    summary: 'Whether requests for a model should be sent here',
    request: { params },
    responses: {
      200: json('Ready', modelReadySchema),
      401: NO_KEY,
      404: NO_MODEL,
      503: json(NOT_READY, modelReadySchema),
    },
  },
  {
    method: 'post',
    path: `${path}/infer`,
    summary: 'Classify pictures in a tensor (Open Inference Protocol)',
    request: {
      params,
      headers: z.object({
        'Inference-Header-Content-Length': z
          .string()
          .regex(/^\d{1,15}$/)
          .optional()
          .openapi({ description: 'Bytes of the JSON, where binary data follows it.' }),
      }),
      body: {
        required: true,
        content: {
          'application/json': { schema: inferRequestSchema(limits) },
          'application/octet-stream': binary,
        },
      },
    },
    responses: {
      200: {
        description: 'The outputs, those wanted so as binary data after the JSON',
        headers: headerLength('Bytes of the JSON, where binary data follows it'),
        content: {
          'application/json': { schema: inferResponseSchema },
          'application/octet-stream': binary,
        },
      },
      400: error('A request of another form, or a damaged picture'),
      401: NO_KEY,
      404: NO_MODEL,
      408: error('The body did not arrive in time'),
      413: error('Too many bytes, pixels or pictures'),
      415: error('A kind of body, encoding or picture that is not taken'),
      429: error('The key has too many requests in work; Retry-After says when to try again'),
      500: error('A fault of the server'),
      503: error('The server has too much to do, or is being stopped; Retry-After says when to try again'),
    },
  },
]
