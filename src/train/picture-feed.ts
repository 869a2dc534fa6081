import { concat, gather, type Tensor1D, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core'
import { type Augmentation, MOVE_FIGURES, movePictures } from '../augment/index.ts'
import type { DeviceBuffer, Engine, HostTensor, TensorSpec } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import { disposeAll } from './engine-run.ts'

/** Where the augmented pictures of a batch come from. */
export interface PictureFeed {
  /**
   * @param indices of the pictures in the data set; as many as the batch size
   * @param epoch from 0
   * @returns uint8 [batch, height, width, 3], to be disposed of where it lies on a device
   */
  pictures(indices: Uint32Array, epoch: number): Promise<HostTensor | DeviceBuffer>
  /** How many batches to ask for before the first is used. */
  readonly ahead: number
  dispose(): Promise<void>
}

export interface FeedOptions {
  readonly dataset: ImageDataset
  readonly batchSize: number
  readonly augmentation: Augmentation
}

/** Reads and augments in host memory. */
export function hostFeed({ dataset, batchSize, augmentation }: FeedOptions): PictureFeed {
  const shape = [batchSize, dataset.height, dataset.width, 3] as const
  return {
    ahead: 1,
    async pictures(indices, epoch) {
      const stored = new Uint8Array(batchSize * dataset.height * dataset.width * 3)
      await dataset.read(indices, stored)
      return { shape, dtype: 'uint8', data: augmentation.apply(stored, shape, epoch, indices) }
    },
    async dispose() {},
  }
}

/** Bytes that travel to the device at once: little beside what they become there. */
const SLAB_BYTES = 2 ** 28

/** Share of the device's free memory that pictures may take, while they are put there too: the step needs the rest. */
const SHARE = 0.5

/**
 * Whether the training pictures fit on the engine's accelerator and need nothing done to them but moves.
 *
 * @param count of training pictures
 */
export async function fitsOnDevice(
  engine: Engine,
  { dataset, augmentation }: FeedOptions,
  count: number,
): Promise<boolean> {
  if (engine.freeDeviceBytes === undefined || augmentation.moves === null) return false
  const bytes = count * dataset.height * dataset.width * 3
  // Slabs and the whole that they become are there at the same time.
  const peak = count > slabLength(dataset) ? 2 * bytes : bytes
  return peak < SHARE * (await engine.freeDeviceBytes())
}

/**
 * Keeps the training pictures where the engine computes. A batch is then a few numbers, its indices and moves; what
 * comes of them is, bit for bit, what {@link hostFeed} gives.
 *
 * @param rows pictures of the data set that a batch may name
 * @throws PureGalaxyError `train.data-on-device` where pictures are computed anew and not only moved; what the engine
 *   throws where they do not fit
 */
export async function residentFeed(
  engine: Engine,
  options: FeedOptions,
  rows: Uint32Array,
  signal?: AbortSignal,
): Promise<PictureFeed> {
  const { dataset, batchSize, augmentation } = options
  const { height, width } = dataset
  const { moves } = augmentation
  if (moves === null) {
    throw new PureGalaxyError(
      'train.data-on-device',
      'Pictures that are redrawn, resized or made noisy in training are prepared on the host: leave out ' +
        '--data-on-device, or train without redrawing, resized crops and noise.',
    )
  }
  const data = await uploadPictures(engine, dataset, rows, signal)
  try {
    const program = await engine.compile(
      ([pictures, places, figures]) => [
        movePictures(gather(pictures as Tensor4D, places as Tensor1D), figures as Tensor2D),
      ],
      [
        data.spec,
        { shape: [batchSize], dtype: 'int32' },
        { shape: [batchSize, MOVE_FIGURES], dtype: 'int32' },
      ],
      { outputTypes: ['uint8'] },
    )
    const places = new Int32Array(dataset.length)
    for (const [place, row] of rows.entries()) places[row] = place
    return {
      ahead: 1,
      async pictures(indices, epoch) {
        const [pictures] = await program.run([
          data,
          { shape: [batchSize], dtype: 'int32', data: Int32Array.from(indices, (row) => places[row]!) },
          { shape: [batchSize, MOVE_FIGURES], dtype: 'int32', data: moves(height, width, epoch, indices) },
        ])
        return pictures!
      },
      async dispose() {
        program.dispose()
        data.dispose()
      },
    }
  } catch (error) {
    data.dispose()
    throw error
  }
}

/** Pictures in a slab. */
const slabLength = ({ height, width }: ImageDataset) =>
  Math.max(1, Math.floor(SLAB_BYTES / (height * width * 3)))

/** uint8 [rows, height, width, 3], carried over slab by slab: the host never holds them all. */
async function uploadPictures(
  engine: Engine,
  dataset: ImageDataset,
  rows: Uint32Array,
  signal?: AbortSignal,
): Promise<DeviceBuffer> {
  const { height, width } = dataset
  const step = slabLength(dataset)
  const slabs: DeviceBuffer[] = []
  try {
    for (let first = 0; first < rows.length; first += step) {
      signal?.throwIfAborted()
      const indices = rows.subarray(first, first + step)
      const data = new Uint8Array(indices.length * height * width * 3)
      await dataset.read(indices, data)
      slabs.push(await engine.upload({ shape: [indices.length, height, width, 3], dtype: 'uint8', data }))
    }
    if (slabs.length === 1) return slabs.pop()!
    const specs = slabs.map(({ spec }): TensorSpec => spec)
    const program = await engine.compile((parts) => [concat(parts, 0)], specs, { outputTypes: ['uint8'] })
    try {
      const [whole] = await program.run(slabs)
      return whole!
    } finally {
      program.dispose()
    }
  } finally {
    disposeAll(slabs)
  }
}
