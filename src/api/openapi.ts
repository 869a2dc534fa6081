import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import { VERSION } from '../version.ts'
import type { AppEnv } from './app-extension.ts'
import { inferenceRoutes } from './inference/index.ts'
import type { ApiLimits } from './limits.ts'
import { binary, json } from './openapi-content.ts'
import {
  bodySchema,
  classifyQuery,
  cutoutQuery,
  healthSchema,
  modelName,
  modelSchema,
  modelsSchema,
  predictionSchema,
  predictionsSchema,
  problemSchema,
} from './schemas.ts'

/** A response that is a problem. */
export const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
})

/** The same, with a header that says when to try again. */
export const later = (description: string) => ({
  ...problem(description),
  headers: {
    'Retry-After': {
      description: 'Seconds.',
      required: true,
      schema: { type: 'integer', minimum: 1 } as const,
    },
  },
})

/** A form whose parts are pictures; several of one name are told apart by their file names. */
export const formSchema = ({
  items,
  idLength,
}: Pick<ApiLimits, 'idLength'> & Partial<Pick<ApiLimits, 'items'>>) =>
  ({
    type: 'object',
    minProperties: 1,
    ...(items === undefined ? {} : { maxProperties: items }),
    propertyNames: { maxLength: idLength, pattern: '^[^\\x00]*$' },
    // Without a type: a part is bytes, whatever they are. A list stands for as many parts of one name.
    additionalProperties: { contentMediaType: 'application/octet-stream', minItems: 1 },
  }) as const

const BUSY = later('The server has too much to do, is being stopped, or its engine is down')

const METRICS: RouteConfig = {
  method: 'get',
  path: '/metrics',
  summary: 'Figures for Prometheus',
  responses: {
    200: { description: 'Its text format', content: { 'text/plain': { schema: { type: 'string' } } } },
    401: problem('There is no such key'),
  },
}

interface OpenApiOptions {
  readonly limits: ApiLimits
  /** Whether keys are asked for. */
  readonly keys: boolean
  /** Whether there is /metrics. */
  readonly metrics: boolean
}

/** The routes as /openapi.json describes them, from the schemas that validate. */
function routes({ limits, metrics }: OpenApiOptions): RouteConfig[] {
  return [
    {
      method: 'post',
      path: '/v1/classify',
      summary: 'Classify pictures, or positions whose pictures the server fetches',
      request: {
        query: classifyQuery,
        body: {
          required: true,
          content: {
            'image/jpeg': binary,
            'image/png': binary,
            'image/webp': binary,
            'application/octet-stream': binary,
            'multipart/form-data': { schema: formSchema(limits) },
            'application/json': { schema: bodySchema(limits) },
          },
        },
      },
      responses: {
        200: {
          description: 'A row for each picture, in order; one that cannot be classified has `error`',
          content: {
            'application/json': { schema: predictionsSchema },
            'application/x-ndjson': { schema: predictionSchema },
          },
        },
        400: problem('The body is no JSON or no form'),
        401: problem('There is no such key'),
        404: problem('There is no such model, or the survey has no picture there'),
        408: problem('The body did not arrive in time'),
        413: problem('Too many bytes, pixels or pictures'),
        415: problem('A kind of body, encoding or picture that is not taken'),
        422: problem('A query or body of another form, or a damaged picture'),
        429: later('The key has too many requests in work, or sent too many pictures'),
        500: problem('A fault of the server'),
        501: problem('A position, and the server fetches no cut-outs'),
        502: problem("The survey's server gave no picture"),
        503: BUSY,
        504: problem("The survey's server was too slow"),
      },
    },
    {
      method: 'get',
      path: '/v1/cutouts',
      summary: 'The picture of a position, as it is classified',
      request: { query: cutoutQuery },
      responses: {
        200: {
          description: 'A square picture, north up',
          content: { 'image/jpeg': binary, 'image/png': binary, 'image/webp': binary },
        },
        401: problem('There is no such key'),
        404: problem('The survey has no picture there'),
        422: problem('A query of another form, or a number out of its range'),
        429: later('The key has too many requests in work'),
        500: problem('A fault of the server'),
        501: problem('The server fetches no cut-outs'),
        502: problem("The survey's server gave no picture"),
        503: BUSY,
        504: problem("The survey's server was too slow"),
      },
    },
    {
      method: 'get',
      path: '/v1/models',
      summary: 'Models that are served, the default first',
      responses: { 200: json('Models', modelsSchema), 401: problem('There is no such key') },
    },
    {
      method: 'get',
      path: '/v1/models/{name}',
      summary: 'One model',
      request: { params: modelName },
      responses: {
        200: json('The model', modelSchema),
        401: problem('There is no such key'),
        404: problem('There is no such model'),
      },
    },
    {
      method: 'get',
      path: '/health/live',
      summary: 'Whether the process answers',
      security: [],
      responses: { 200: json('It does', healthSchema) },
    },
    {
      method: 'get',
      path: '/health/ready',
      summary: 'Whether requests should be sent here',
      security: [],
      responses: {
        200: json('Ready', healthSchema),
        503: json('Starting, being stopped, or broken', healthSchema),
      },
    },
    ...inferenceRoutes(limits),
    ...(metrics ? [METRICS] : []),
  ]
}

/** Serves /openapi.json. */
export function addOpenApi(app: OpenAPIHono<AppEnv>, options: OpenApiOptions): void {
  const { keys } = options
  for (const route of routes(options)) app.openAPIRegistry.registerPath(route)
  if (keys)
    app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' })
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'puregalaxy',
      version: VERSION,
      description: 'Classifies pictures of galaxies by their shape.',
      license: { name: 'Apache-2.0' },
    },
    ...(keys ? { security: [{ key: [] }] } : {}),
  })
}
