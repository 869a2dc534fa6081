import { concat } from '@tensorflow/tfjs-core'
import type { DeviceBuffer, Engine, TensorSpec } from '../engine/types.ts'
import type { ImageDataset } from '../io/types.ts'
import { disposeAll } from './engine-run.ts'

/** Bytes that travel to the device at once: little beside what they become there. */
const SLAB_BYTES = 2 ** 28

/** Pictures in a slab. */
const slabLength = ({ height, width }: ImageDataset) =>
  Math.max(1, Math.floor(SLAB_BYTES / (height * width * 3)))

/** Bytes that pictures take on the device while they are put there: slabs and the whole that they become are there together. */
export function peakBytes(dataset: ImageDataset, count: number): number {
  const bytes = count * dataset.height * dataset.width * 3
  return count > slabLength(dataset) ? 2 * bytes : bytes
}

/**
 * Carries pictures over to the device slab by slab: the host never holds them all.
 *
 * @param look is shown each picture on its way, and its index
 * @returns uint8 [rows, height, width, 3]
 */
export async function uploadPictures(
  engine: Engine,
  dataset: ImageDataset,
  rows: Uint32Array,
  look: (picture: Uint8Array, index: number) => void,
  signal?: AbortSignal,
): Promise<DeviceBuffer> {
  const { height, width } = dataset
  const size = height * width * 3
  const step = slabLength(dataset)
  const slabs: DeviceBuffer[] = []
  try {
    for (let first = 0; first < rows.length; first += step) {
      signal?.throwIfAborted()
      const indices = rows.subarray(first, first + step)
      const data = new Uint8Array(indices.length * size)
      await dataset.read(indices, data)
      for (const [at, index] of indices.entries()) look(data.subarray(at * size, (at + 1) * size), index)
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
