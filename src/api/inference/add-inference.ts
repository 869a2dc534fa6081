import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { PureGalaxyError } from '../../errors.ts'
import { VERSION } from '../../version.ts'
import type { AppEnv, AppServices, ServedBatches } from '../app-extension.ts'
import type { ApiLimits } from '../limits.ts'
import type { Caller, PictureWork } from '../picture-work.ts'
import type { ServedModel } from '../served-model.ts'
import { inferAnswer } from './infer-answer.ts'
import { INPUT } from './inference-schemas.ts'
import { type InferRequest, readInferRequest } from './read-infer-request.ts'
import { HEADER_LENGTH } from './split-body.ts'

export interface AddInferenceOptions {
  readonly limits: ApiLimits
  readonly find: AppServices['find']
  readonly work: PictureWork
  readonly callerOf: (context: Context<AppEnv>) => Caller
  /** Whether requests for models should be sent here; default: for all of them. */
  readonly ready: (models?: readonly ServedModel[]) => boolean
}

/** Any name, since clients leave the slashes of a path as they are; the last pattern, since a model must not swallow its verbs. */
const MODEL = '/v2/models/:name{.+}'
const VERSION_OF_MODEL = `${MODEL}/versions/:version`
const MODEL_ALONE = '/v2/models/:name{(?!.*/(?:infer|ready)$).+}'

/** Serves the protocol's routes under /v2. */
export function addInference(app: OpenAPIHono<AppEnv>, options: AddInferenceOptions): void {
  const { limits, find, work, callerOf, ready } = options

  const target = (context: Context<AppEnv>): ServedBatches => {
    const found = find(context.req.param('name'))
    const version = context.req.param('version')
    if (version !== undefined && version !== found.model.version)
      throw new PureGalaxyError(
        'api.no-such-version',
        `There is no such version of this model here; served is ${found.model.version}.`,
      )
    return found
  }

  const infer = async (context: Context<AppEnv>): Promise<Response> => {
    const { model, batcher } = target(context)
    const request = context.req.raw
    checkMediaType(request.headers.get('content-type'))
    let asked: InferRequest
    return work(
      request,
      callerOf(context),
      { model, batcher },
      {
        read(body) {
          asked = readInferRequest(body, request.headers.get(HEADER_LENGTH), limits)
          return asked.pictures
        },
        answer: (outcomes, { signal }) => inferAnswer(asked, model, outcomes, signal),
      },
    )
  }

  const tellReady = (context: Context<AppEnv>, told: { readonly name?: string; readonly ready: boolean }) =>
    context.json(told, told.ready ? 200 : 503)
  const modelReady = (context: Context<AppEnv>): Response => {
    const { model } = target(context)
    return tellReady(context, { name: model.name, ready: ready([model]) })
  }

  app.get('/v2', (context) =>
    context.json({ name: 'puregalaxy', version: VERSION, extensions: ['binary_tensor_data'] }),
  )
  app.get('/v2/health/live', (context) => context.json({ live: true }))
  app.get('/v2/health/ready', (context) => tellReady(context, { ready: ready() }))
  for (const model of [VERSION_OF_MODEL, MODEL]) {
    app.post(`${model}/infer`, infer)
    app.get(`${model}/ready`, modelReady)
  }
  for (const model of [VERSION_OF_MODEL, MODEL_ALONE])
    app.get(model, (context) => context.json(metadata(target(context).model)))
}

const metadata = ({ name, version, classes }: ServedModel) => ({
  name,
  versions: [version],
  platform: 'puregalaxy_safetensors',
  inputs: [{ name: INPUT, datatype: 'UINT8', shape: [-1, -1, -1, 3] }],
  outputs: [
    { name: 'probabilities', datatype: 'FP32', shape: [-1, classes.slugs.length] },
    { name: 'class', datatype: 'BYTES', shape: [-1] },
  ],
})

/** Clients of the protocol name these, or nothing. */
const MEDIA_TYPES = new Set(['', 'application/json', 'application/octet-stream'])

function checkMediaType(contentType: string | null): void {
  if (MEDIA_TYPES.has((contentType ?? '').split(';')[0]!.trim().toLowerCase())) return
  throw new PureGalaxyError(
    'api.media-type',
    'The Content-Type must be application/json, or application/octet-stream where binary data follows the JSON.',
  )
}
