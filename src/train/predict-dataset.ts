import type { DeviceBuffer } from '../engine/types.ts'
import type { ImageDataset } from '../io/types.ts'
import type { Predictor } from './predictor.ts'

/** Pictures read at once, in bytes: enough for several batches, little beside the model. */
const READ_BYTES = 32 * 1024 * 1024

export interface PredictDatasetOptions {
  /**
   * Changes the pictures before they are judged (noise, another size); `indices` are theirs in the data set. What it
   * returns has the models' input size.
   */
  readonly alter?: (pictures: Uint8Array, indices: ArrayLike<number>) => Promise<Uint8Array>
  /**
   * Puts a batch of them, or what is left, where the models' engine computes, changed on the way (noise). The predictors
   * have one batch size, which the buffer has too.
   */
  readonly place?: (pictures: Uint8Array, indices: Uint32Array) => Promise<DeviceBuffer>
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/**
 * Logits of pictures of a data set by each of some models, reading every picture once for all of them.
 *
 * @param indices of the pictures in the data set
 * @returns for each predictor, indices.length × classes
 */
export async function predictDataset(
  predictors: readonly Predictor[],
  dataset: ImageDataset,
  indices: ArrayLike<number>,
  options: PredictDatasetOptions = {},
): Promise<Float32Array[]> {
  const { alter, place, onProgress, signal } = options
  const rows = Uint32Array.from(indices)
  const size = dataset.height * dataset.width * 3
  const batch = Math.max(...predictors.map(({ batchSize }) => batchSize))
  const step = batch * Math.max(1, Math.floor(READ_BYTES / (batch * size)))
  const logits = predictors.map(({ model }) => new Float32Array(rows.length * model.config.classes))
  for (let first = 0; first < rows.length; first += step) {
    const part = rows.subarray(first, first + step)
    const stored = new Uint8Array(part.length * size)
    await dataset.read(part, stored)
    const pictures = alter === undefined ? stored : await alter(stored, part)
    const altered = pictures.length / part.length
    for (let at = 0; at < part.length; at += batch) {
      signal?.throwIfAborted()
      const indices = part.subarray(at, at + batch)
      const some = pictures.subarray(at * altered, (at + batch) * altered)
      const placed = await place?.(some, indices)
      try {
        for (const [position, { model, predict }] of predictors.entries()) {
          const { classes } = model.config
          const batchLogits = await predict(placed ?? some)
          logits[position]!.set(batchLogits.subarray(0, indices.length * classes), (first + at) * classes)
        }
      } finally {
        placed?.dispose()
      }
      onProgress?.(Math.min(first + at + batch, rows.length), rows.length)
    }
  }
  return logits
}
