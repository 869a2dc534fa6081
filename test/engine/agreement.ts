import type { HostTensor } from '../../src/engine/index.ts'
import { sizeOf } from '../../src/engine/index.ts'
import type { RandomStream } from '../../src/random/index.ts'

/** max|a − b| / max|b|: how far two tensors are apart, on the scale of the second or on a given one. */
export function relativeDistance(a: HostTensor, b: HostTensor, scale = largest(b)): number {
  let difference = 0
  for (let at = 0; at < b.data.length; at++) {
    const distance = Math.abs(a.data[at]! - b.data[at]!)
    // NaN must not pass for agreement.
    if (!(distance <= difference)) difference = distance
  }
  return scale === 0 ? difference : difference / scale
}

/** max|a| */
export function largest({ data }: HostTensor): number {
  let scale = 0
  for (const value of data) scale = Math.max(scale, Math.abs(value))
  return scale
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
