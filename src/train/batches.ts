import type { ImageDataset } from '../io/types.ts'
import { RandomStream } from '../random/index.ts'
import { rowWeights, targetMasks } from './targets.ts'

/** Path elements that keep the random numbers of different purposes apart. */
const ORDER = 0x0bd3
const RECALIBRATION = 0x4eca

/** What a training step receives. */
export interface Batch {
  /** uint8, batch × height × width × 3 */
  readonly pictures: Uint8Array
  /** uint8, batch × classes */
  readonly masks: Uint8Array
  readonly weights: Float32Array
}

/** Changes the pictures of a batch; seeded, so that the same (epoch, indices) gives the same. */
export type Augment = (pictures: Uint8Array, indices: ArrayLike<number>, epoch: number) => Uint8Array

export interface BatchSource {
  readonly dataset: ImageDataset
  /** Training pictures. */
  readonly indices: ArrayLike<number>
  readonly batchSize: number
  readonly seed: number
  readonly classWeights: Float64Array
  readonly augment: Augment
}

/** Whole batches in an epoch; what is left over waits for the order of the next. */
export function stepsPerEpoch({ indices, batchSize }: Pick<BatchSource, 'indices' | 'batchSize'>): number {
  return Math.floor(indices.length / batchSize)
}

/**
 * The batches of an epoch from one on, in the order that (seed, epoch) fixes. While a batch is in use the next one is
 * being read; that changes nothing in either.
 *
 * @param epoch from 0
 * @param from number of the first batch wanted
 */
export function trainingBatches(source: BatchSource, epoch: number, from: number): AsyncGenerator<Batch> {
  const order = shuffled(source, ORDER, epoch)
  return oneAhead(from, stepsPerEpoch(source), (number) => readBatch(source, order, number, epoch))
}

/** Batches to average batch normalisation's statistics over: of another order than the epoch's. */
export function recalibrationBatches(
  source: BatchSource,
  epoch: number,
  count: number,
): AsyncGenerator<Batch> {
  const order = shuffled(source, RECALIBRATION, epoch)
  return oneAhead(0, Math.min(count, stepsPerEpoch(source)), (number) =>
    readBatch(source, order, number, epoch),
  )
}

function shuffled({ indices, seed }: BatchSource, purpose: number, epoch: number): Uint32Array {
  return new RandomStream(seed, purpose, epoch).shuffle(Uint32Array.from(indices))
}

async function readBatch(
  source: BatchSource,
  order: Uint32Array,
  number: number,
  epoch: number,
): Promise<Batch> {
  const { dataset, batchSize } = source
  const indices = order.subarray(number * batchSize, (number + 1) * batchSize)
  const stored = new Uint8Array(batchSize * dataset.height * dataset.width * 3)
  await dataset.read(indices, stored)
  const masks = targetMasks(dataset, indices)
  return {
    pictures: source.augment(stored, indices, epoch),
    masks,
    weights: rowWeights(masks, source.classWeights),
  }
}

async function* oneAhead<T>(
  from: number,
  end: number,
  prepare: (number: number) => Promise<T>,
): AsyncGenerator<T> {
  const start = (number: number): Promise<T> | undefined => {
    if (number >= end) return undefined
    const promise = prepare(number)
    // Whoever waits for it sees the error; until then it must not count as unhandled.
    promise.catch(() => undefined)
    return promise
  }
  let next = start(from)
  try {
    for (let number = from; next !== undefined; number++) {
      const current = await next
      next = start(number + 1)
      yield current
    }
  } finally {
    // Whoever stops early may close the data set next: nothing must be reading it then.
    await next?.catch(() => undefined)
  }
}
