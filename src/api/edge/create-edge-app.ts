import type { MeasuredModel } from '../../classify/model-card.ts'
import { PureGalaxyError } from '../../errors.ts'
import { type App, type AppOptions, createApp } from '../create-app.ts'
import type { ApiLimits } from '../limits.ts'
import { edgeDecoder } from './decode-picture.ts'
import { Decoders } from './decoders.ts'
import { openEdgeModel } from './open-edge-model.ts'
import { startTensorflow } from './start-tensorflow.ts'

/**
 * Limits for a thread with 128 MB of memory that decodes and classifies by itself. One picture at a time, so that none waits
 * for another of a request that may have ended; pixels, such that the worst picture of as many (a progressive JPEG, an interlaced
 * PNG of 16 bits) fits.
 */
export const EDGE_LIMITS: Partial<ApiLimits> = {
  bodyBytes: 8 * 2 ** 20,
  heldBytes: 24 * 2 ** 20,
  pixels: 4_000_000,
  items: 64,
  requests: 16,
  requestsPerKey: 16,
  queue: 256,
  decoders: 1,
  batch: 1,
}

export interface EdgeAppOptions extends Omit<AppOptions, 'classifiers' | 'decode'> {
  /** tensorflow.wasm, compiled. */
  readonly tensorflow: WebAssembly.Module
  /** decoders.wasm, compiled. */
  readonly decoders: WebAssembly.Module
  /** Model files by the name that answers call them; the first is taken where a request names none. */
  readonly models: Readonly<Record<string, ArrayBuffer | Uint8Array>>
  /** What was measured of models after training, by the same names; of a model that ships it is in `<name>.card.json`. */
  readonly cards?: Readonly<Record<string, MeasuredModel>>
}

/**
 * The API in a place without Node: at the edge, in a browser, in a worker of one. All that it needs is passed in, and when it is
 * there the models have run once.
 *
 * @throws PureGalaxyError `api.…`, `engine.unavailable`, `io.…`, `model.…`
 * @example
 * const app = await createEdgeApp({ tensorflow, decoders, models: { small } })
 * const answer = await app.fetch(new Request('http://localhost/v1/models'))
 */
export async function createEdgeApp(options: EdgeAppOptions): Promise<App> {
  const { tensorflow, decoders, models, cards = {}, limits, ...others } = options
  const stray = Object.keys(cards).find((name) => !Object.hasOwn(models, name))
  if (stray !== undefined)
    throw new PureGalaxyError(
      'api.models',
      `There is a card of ${stray}, which is none of the models: ${Object.keys(models).join(', ')}.`,
    )
  await startTensorflow(tensorflow)
  const app = createApp({
    ...others,
    limits: { ...EDGE_LIMITS, ...limits },
    classifiers: Object.entries(models).map(([name, file]) => openEdgeModel(name, file, cards[name])),
    decode: edgeDecoder(new Decoders(decoders)),
  })
  await app.warmUp()
  return app
}
