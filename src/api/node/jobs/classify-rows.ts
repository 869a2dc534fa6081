import { PureGalaxyError } from '../../../errors.ts'
import { withProbabilities } from '../../../io/catalogue/prediction-row.ts'
import type { AppServices, ServedBatches } from '../../app-extension.ts'
import { decodePictureFile } from '../../classify-upload.ts'
import type { CutoutSource } from '../../cutout-source.ts'
import { problemOf } from '../../problem.ts'
import { Turns } from '../../turns.ts'
import type { JobResult, JobRow } from './job.ts'

/** What became of a row, and the error that its result tells of. */
export interface RowOutcome {
  readonly result: JobResult
  readonly failure?: unknown
}

/** A row whose picture was decoded, or not. */
type DecodedRow = { readonly row: JobRow } & (
  | { readonly pixels: Uint8Array; readonly failure?: undefined }
  | { readonly pixels?: undefined; readonly failure: unknown }
)

/** Pictures of jobs decoded at once. */
const DECODERS = 2

/** Milliseconds that a batch of a job lets pictures of requests go first. */
const PATIENCE = 1000

export interface RowClassifierOptions extends Pick<AppServices, 'limits' | 'decode'> {
  /** Without, only pictures can be classified. */
  readonly cutouts?: CutoutSource
  /** Cut-outs of jobs fetched at once. */
  readonly fetches: number
}

/**
 * Classifies rows of jobs, a batch of the model at a time, and only when no picture of a request is on its way; where there
 * is one all the time, a batch a second. So a request waits for one batch of a job at most.
 */
export class RowClassifier {
  readonly #options: RowClassifierOptions
  readonly #decoders = new Turns(DECODERS)
  readonly #fetches: Turns
  readonly #batches = new Turns(1)

  constructor(options: RowClassifierOptions) {
    this.#options = options
    this.#fetches = new Turns(options.fetches)
  }

  /**
   * One outcome for each row, in order.
   *
   * @throws the signal's reason
   */
  async classify(rows: readonly JobRow[], served: ServedBatches, signal: AbortSignal): Promise<RowOutcome[]> {
    const decoded = await Promise.all(rows.map((row) => this.#decode(row, served, signal)))
    const outcomes = new Map<DecodedRow, RowOutcome>()
    for (const each of decoded)
      if (each.pixels === undefined) outcomes.set(each, refuse(each.row, each.failure))
    const { batch, queue } = this.#options.limits
    const readable = decoded.filter((each) => each.pixels !== undefined)
    const size = Math.min(batch, queue)
    for (let start = 0; start < readable.length; start += size) {
      const some = readable.slice(start, start + size)
      const predicted = await this.#predict(
        some.map(({ pixels }) => pixels),
        served,
        signal,
      )
      for (const [at, each] of some.entries()) outcomes.set(each, outcomeOf(each.row, predicted[at]!))
    }
    signal.throwIfAborted()
    return decoded.map((each) => outcomes.get(each)!)
  }

  async #decode(row: JobRow, { model }: ServedBatches, signal: AbortSignal): Promise<DecodedRow> {
    const { decode, limits } = this.#options
    const options = { model, decode, decoders: this.#decoders, limits, signal }
    try {
      const bytes = row.picture ?? (await this.#fetch(row, signal))
      return { row, pixels: await decodePictureFile(bytes, `picture ${row.row}`, options) }
    } catch (failure) {
      return { row, failure }
    }
  }

  async #fetch({ ra, dec, pixelScale }: JobRow, signal: AbortSignal): Promise<Uint8Array> {
    const { cutouts } = this.#options
    if (cutouts === undefined || ra === undefined || dec === undefined)
      throw new Error('a row without a picture, and no way to one')
    const place = { ra, dec, ...(pixelScale === undefined ? {} : { pixelScale }) }
    return this.#fetches.run(() => cutouts.fetch(place, signal), signal)
  }

  /** Probabilities of each picture, or why there are none. */
  #predict(
    pixels: readonly Uint8Array[],
    { batcher }: ServedBatches,
    signal: AbortSignal,
  ): Promise<PromiseSettledResult<ArrayLike<number>>[]> {
    return this.#batches.run(async () => {
      for (;;) {
        await batcher.idle(PATIENCE)
        signal.throwIfAborted()
        try {
          const places = batcher.admit(pixels.length, signal)
          return await Promise.allSettled(
            places.map(async (place, at) => (await place.predict(pixels[at]!)).probabilities),
          )
        } catch (error) {
          // Requests fill the queue: they go first.
          if (!(error instanceof PureGalaxyError && error.code === 'api.busy')) throw error
        }
      }
    }, signal)
  }
}

function outcomeOf(row: JobRow, predicted: PromiseSettledResult<ArrayLike<number>>): RowOutcome {
  if (predicted.status === 'rejected') return refuse(row, predicted.reason)
  const result = { ...place(row), ...withProbabilities({ id: row.id }, predicted.value) }
  if (result.error === undefined) return { result }
  return { result, failure: new PureGalaxyError('api.not-finite', result.error) }
}

const refuse = (row: JobRow, failure: unknown): RowOutcome => ({
  result: { ...place(row), error: problemOf(failure).detail },
  failure,
})

const place = ({ row, id, ra, dec }: JobRow) => ({ row, id, ra, dec })
