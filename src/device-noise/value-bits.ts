import { add, mul, reshape, slice, type Tensor, type Tensor1D, tensor } from '@tensorflow/tfjs-core'
import { PHILOX_HALVES, philoxHalves } from '../engine/philox-kernel.ts'
import type { BatchKey } from './batch-key.ts'

/**
 * The sixteen bits of every value of a batch: those that `drawValues` and `fillNormals` of src/noise give it, eight values
 * to a block.
 *
 * @returns int32 [n, count], 0 to 65535
 */
export function leadingBits(key: BatchKey, count: number): Tensor {
  const blocks = Math.ceil(count / PHILOX_HALVES)
  const [n] = key.picture.shape as [number]
  const halves = draw(key, blocks, 0)
  return slice(reshape(halves, [n, blocks * PHILOX_HALVES]), [0, 0], [n, count])
}

/**
 * The 32 bits beyond, from a block for each value, which the host draws for the few values that want them only.
 *
 * @returns their halves, the leading one first, each int32 [n, count], 0 to 65535
 */
export function finerBits(key: BatchKey, count: number): [Tensor, Tensor] {
  const [n] = key.picture.shape as [number]
  const halves = draw(key, count, 1)
  const half = (at: number) => reshape(slice(halves, [0, 0, at], [n, count, 1]), [n, count])
  return [half(0), half(1)]
}

/** The blocks of the places 0 to count − 1: int32 [n, count, 8]. */
function draw({ picture, level, seed, purpose }: BatchKey, count: number, round: number): Tensor {
  return philoxHalves({
    c0: reshape(counting(count), [1, count]),
    c1: picture,
    c2: level,
    c3: whole(round),
    k0: seed,
    k1: purpose,
  })
}

export const whole = (value: number): Tensor => tensor(Int32Array.of(value), [], 'int32')

/** Numbers in a row of `counting`. */
const ROW = 256

/** The integers 0 to count − 1, int32 [count], out of two short constants: a long one would be written into the program. */
export function counting(count: number): Tensor1D {
  const rows = Math.ceil(count / ROW)
  const upTo = (length: number, shape: number[]) =>
    tensor(
      Int32Array.from({ length }, (_, at) => at),
      shape,
      'int32',
    )
  const all = add(mul(upTo(rows, [rows, 1]), whole(ROW)), upTo(ROW, [1, ROW]))
  return slice(reshape(all, [rows * ROW]) as Tensor1D, [0], [count])
}
