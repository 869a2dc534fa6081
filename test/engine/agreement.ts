import type { HostTensor } from '../../src/engine/index.ts'
import { sizeOf } from '../../src/engine/index.ts'
import type { RandomStream } from '../../src/random/index.ts'

/** max|a − b| / max|b|: how far two tensors are apart, on the scale of the second. */
export function relativeDistance(a: HostTensor, b: HostTensor): number {
  let difference = 0
  let scale = 0
  for (let at = 0; at < b.data.length; at++) {
    const distance = Math.abs(a.data[at]! - b.data[at]!)
    // NaN must not pass for agreement.
    if (!(distance <= difference)) difference = distance
    scale = Math.max(scale, Math.abs(b.data[at]!))
  }
  return scale === 0 ? difference : difference / scale
}

/** Normally distributed float32 values. */
export function randomTensor(stream: RandomStream, shape: readonly number[]): HostTensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, () => stream.normal())
  return { shape, dtype: 'float32', data }
}

/** Uniform bytes. */
export function randomPictures(stream: RandomStream, shape: readonly number[]): HostTensor {
  const data = Uint8Array.from({ length: sizeOf(shape) }, () => stream.integer(256))
  return { shape, dtype: 'uint8', data }
}
