import {
  add,
  cast,
  div,
  gather,
  greaterEqual,
  less,
  log,
  minimum,
  mul,
  neg,
  reshape,
  scalar,
  sqrt,
  sub,
  type Tensor,
  type Tensor1D,
  where,
} from '@tensorflow/tfjs-core'
import { TAIL_CELLS } from '../noise/normals.ts'
import { TAIL, TAIL_DIVISOR } from '../random/normal-quantile.ts'
import type { BatchKey } from './batch-key.ts'
import { finerBits, leadingBits, whole } from './value-bits.ts'

/**
 * The normal variates that `fillNormals` of src/noise gives to values, within 2 · 10⁻⁶ of their size: exactly those of the
 * table of quantiles where sixteen bits decide, and in the tails Wichura's formula in single precision. Beyond 7
 * standard deviations, where he has another one, the same goes on.
 *
 * @param quantiles float32 [65536], `quantileTable`
 * @returns float32 [n, count]
 */
export function drawNormals(key: BatchKey, count: number, quantiles: Tensor): Tensor {
  const cells = leadingBits(key, count)
  const usual = reshape(gather(quantiles as Tensor1D, reshape(cells, [cells.size]) as Tensor1D), cells.shape)
  const mirrored = sub(whole(65535), cells)
  const outer = minimum(cells, mirrored)
  const size = tailSize(outer, finerBits(key, count))
  const tail = where(less(cells, mirrored), neg(size), size)
  return where(greaterEqual(outer, whole(TAIL_CELLS)), usual, tail)
}

/**
 * How far out the normal distribution has the given share beyond, positive.
 *
 * @param cell of 65536 equally likely ones, counted from the end
 * @param finer 32 bits more, in halves
 */
function tailSize(cell: Tensor, [high, low]: readonly [Tensor, Tensor]): Tensor {
  const within = add(add(scaled(high, 2 ** -16), scaled(low, 2 ** -32)), scalar(2 ** -33))
  const share = mul(add(scaled(cell, 1), within), scalar(2 ** -16))
  const r = sub(sqrt(neg(log(share))), scalar(1.6))
  return div(polynomial(TAIL, r), polynomial(TAIL_DIVISOR, r))
}

const scaled = (x: Tensor, by: number): Tensor => mul(cast(x, 'float32'), scalar(by))

function polynomial(coefficients: readonly number[], x: Tensor): Tensor {
  return coefficients.reduceRight<Tensor>((sum, c) => add(mul(sum, x), scalar(c)), scalar(0))
}
