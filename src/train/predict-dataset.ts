import type { DeviceBuffer } from '../engine/types.ts'
import { mapOrdered } from '../io/pictures/index.ts'
import type { ImageDataset } from '../io/types.ts'
import type { Predictor } from './predictor.ts'

/** Pictures read at once, in bytes: enough for several batches, little beside the model. */
const READ_BYTES = 32 * 1024 * 1024

/** Parts that exist at once: one is judged while the next is being prepared. */
export const PARTS_AT_ONCE = 2

/**
 * Cuts rows into the parts that are read at once: whole batches, but for the last.
 *
 * @param rows of a data set
 * @param batchSize of the models
 */
export function readParts(
  rows: ArrayLike<number>,
  { height, width }: Pick<ImageDataset, 'height' | 'width'>,
  batchSize: number,
): Uint32Array[] {
  const all = Uint32Array.from(rows)
  const step = batchSize * Math.max(1, Math.floor(READ_BYTES / (batchSize * height * width * 3)))
  const parts: Uint32Array[] = []
  for (let first = 0; first < all.length; first += step) parts.push(all.subarray(first, first + step))
  return parts
}

/** The stored pictures of rows, uint8, one after the other. */
export async function readPictures(dataset: ImageDataset, rows: ArrayLike<number>): Promise<Uint8Array> {
  const pictures = new Uint8Array(rows.length * dataset.height * dataset.width * 3)
  await dataset.read(rows, pictures)
  return pictures
}

export interface PredictPicturesOptions {
  /**
   * Puts a batch of them, or what is left, where the models' engine computes, changed on the way (noise). The predictors
   * have one batch size, which the buffer has too.
   */
  readonly place?: ((pictures: Uint8Array, indices: Uint32Array) => Promise<DeviceBuffer>) | undefined
  /** Counts pictures. */
  readonly onProgress?: ((done: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Logits of pictures by each of some models, a batch of pictures after the other for all of them.
 *
 * @param pictures uint8, of the models' input size
 * @param indices theirs in their data set
 * @returns for each predictor, indices.length × classes
 */
export async function predictPictures(
  predictors: readonly Predictor[],
  pictures: Uint8Array,
  indices: Uint32Array,
  { place, onProgress, signal }: PredictPicturesOptions = {},
): Promise<Float32Array[]> {
  const batch = Math.max(...predictors.map(({ batchSize }) => batchSize))
  const size = pictures.length / indices.length
  const logits = predictors.map(({ model }) => new Float32Array(indices.length * model.config.classes))
  for (let at = 0; at < indices.length; at += batch) {
    signal?.throwIfAborted()
    const rows = indices.subarray(at, at + batch)
    const some = pictures.subarray(at * size, (at + batch) * size)
    const placed = await place?.(some, rows)
    try {
      for (const [position, { model, predict }] of predictors.entries()) {
        const { classes } = model.config
        const batchLogits = await predict(placed ?? some)
        logits[position]!.set(batchLogits.subarray(0, rows.length * classes), at * classes)
      }
    } finally {
      placed?.dispose()
    }
    onProgress?.(Math.min(at + batch, indices.length))
  }
  return logits
}

export interface PredictDatasetOptions {
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/**
 * Logits of pictures of a data set by each of some models, reading every picture once for all of them, and ahead of the
 * models.
 *
 * @param indices of the pictures in the data set
 * @returns for each predictor, indices.length × classes
 */
export async function predictDataset(
  predictors: readonly Predictor[],
  dataset: ImageDataset,
  indices: ArrayLike<number>,
  { onProgress, signal }: PredictDatasetOptions = {},
): Promise<Float32Array[]> {
  const logits = predictors.map(({ model }) => new Float32Array(indices.length * model.config.classes))
  const batchSize = Math.max(...predictors.map((predictor) => predictor.batchSize))
  const parts = mapOrdered(readParts(indices, dataset, batchSize), PARTS_AT_ONCE, async (rows) => ({
    rows,
    pictures: await readPictures(dataset, rows),
  }))
  let done = 0
  for await (const { rows, pictures } of parts) {
    const first = done
    const some = await predictPictures(predictors, pictures, rows, {
      onProgress: (count) => onProgress?.(first + count, indices.length),
      signal,
    })
    for (const [position, { model }] of predictors.entries())
      logits[position]!.set(some[position]!, first * model.config.classes)
    done += rows.length
  }
  return logits
}
