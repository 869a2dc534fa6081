import { type Tensor, tensor } from '@tensorflow/tfjs-core'
import type { HostTensor } from '../../src/engine/types.ts'

/** A host tensor on the backend in use. */
export const upload = ({ data, shape }: HostTensor): Tensor => tensor(data, [...shape])

/** The formula of test/reference/forward.py: a sine of the flat index and k. */
export function wave(shape: readonly number[], k: number): Float64Array {
  const count = shape.reduce((product, side) => product * side, 1)
  return Float64Array.from({ length: count }, (_, i) => Math.sin(0.7 * i + 1.3 * k + 0.05 * (i % 17) ** 2))
}

/** max|a − b| / max|b|. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`)
  let difference = 0
  let largest = 0
  for (let index = 0; index < b.length; index++) {
    difference = Math.max(difference, Math.abs(a[index]! - b[index]!))
    largest = Math.max(largest, Math.abs(b[index]!))
    if (Number.isNaN(a[index]!)) return Number.NaN
  }
  return difference / largest
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0
  for (let index = 0; index < b.length; index++) total += a[index]! * b[index]!
  return total
}
