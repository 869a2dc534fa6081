import type { DeviceBuffer, HostTensor } from '../engine/types.ts'
import type { ImageDataset } from '../io/types.ts'
import { RandomStream } from '../random/index.ts'
import type { PictureFeed } from './picture-feed.ts'
import { rowWeights, targetMasks } from './targets.ts'

/** Path elements that keep the random numbers of different purposes apart. */
const ORDER = 0x0bd3
const RECALIBRATION = 0x4eca

/** What a training step receives. */
export interface Batch {
  /** uint8 [batch, height, width, 3] */
  readonly pictures: HostTensor | DeviceBuffer
  /** uint8, batch × classes */
  readonly masks: Uint8Array
  readonly weights: Float32Array
}

export interface BatchSource {
  readonly dataset: ImageDataset
  /** Training pictures. */
  readonly indices: ArrayLike<number>
  readonly batchSize: number
  readonly seed: number
  readonly classWeights: Float64Array
  readonly feed: PictureFeed
}

/** Whole batches in an epoch; what is left over waits for the order of the next. */
export function stepsPerEpoch({ indices, batchSize }: Pick<BatchSource, 'indices' | 'batchSize'>): number {
  return Math.floor(indices.length / batchSize)
}

/**
 * The batches of an epoch from one on, in the order that (seed, epoch) fixes. While a batch is in use the next ones are
 * being prepared; that changes nothing in any. A batch lasts until the next is asked for.
 *
 * @param epoch from 0
 * @param from number of the first batch wanted
 */
export function trainingBatches(source: BatchSource, epoch: number, from: number): AsyncGenerator<Batch> {
  const order = shuffled(source, ORDER, epoch)
  return inAdvance(from, stepsPerEpoch(source), source.feed.ahead, (number) =>
    readBatch(source, order, number, epoch),
  )
}

/** Batches to average batch normalisation's statistics over: of another order than the epoch's. */
export function recalibrationBatches(
  source: BatchSource,
  epoch: number,
  count: number,
): AsyncGenerator<Batch> {
  const order = shuffled(source, RECALIBRATION, epoch)
  return inAdvance(0, Math.min(count, stepsPerEpoch(source)), source.feed.ahead, (number) =>
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
  const { dataset, batchSize, feed } = source
  const indices = order.subarray(number * batchSize, (number + 1) * batchSize)
  const masks = targetMasks(dataset, indices)
  return {
    pictures: await feed.pictures(indices, epoch),
    masks,
    weights: rowWeights(masks, source.classWeights),
  }
}

async function* inAdvance(
  from: number,
  end: number,
  ahead: number,
  prepare: (number: number) => Promise<Batch>,
): AsyncGenerator<Batch> {
  const waiting: Promise<Batch>[] = []
  let next = from
  const fill = (length: number) => {
    while (waiting.length < length && next < end) {
      const promise = prepare(next++)
      // Whoever waits for it sees the error; until then it must not count as unhandled.
      promise.catch(() => undefined)
      waiting.push(promise)
    }
  }
  fill(1)
  try {
    while (waiting.length > 0) {
      const current = await waiting.shift()!
      fill(ahead)
      try {
        yield current
      } finally {
        release(current)
      }
    }
  } finally {
    // Whoever stops early may close the data set next: nothing must be reading it then.
    await Promise.all(waiting.map((promise) => promise.then(release, () => undefined)))
  }
}

function release({ pictures }: Batch): void {
  if ('dispose' in pictures) pictures.dispose()
}
