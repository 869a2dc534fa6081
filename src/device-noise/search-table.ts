import {
  add,
  broadcastTo,
  cast,
  gather,
  greater,
  mul,
  reshape,
  sub,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core'
import type { HostTensor, TensorSpec } from '../engine/types.ts'
import type { InverseTable } from '../noise/inverse-table.ts'
import { whole } from './value-bits.ts'

/** Places of a distribution: as many as it has values at most. */
const PLACES = 256

/** Specifications of `searchTable`'s tensors. */
export function searchTableSpecs(distributions: number): TensorSpec[] {
  const shape = [distributions * PLACES]
  return [
    { shape, dtype: 'int32' },
    { shape, dtype: 'uint8' },
  ]
}

/**
 * The distributions of an inverse table in rows of 256 places, for a search of eight steps in all of them alike: the
 * largest uniform number of 32 bits, minus 2³¹, that gives at most the value of the same place; then the values. Places
 * that a distribution has no need of repeat its last.
 *
 * @param rows that the tensors are to have; those without a distribution give 0
 */
export function searchTable(
  { bounds, values, guide }: InverseTable,
  rows = guide.length / PLACES,
): [limits: HostTensor, values: HostTensor] {
  const limits = new Int32Array(rows * PLACES).fill(2 ** 31 - 1)
  const drawn = new Uint8Array(rows * PLACES)
  const distributions = guide.length / PLACES
  for (let row = 0; row < distributions; row++) {
    // The guide's first entry of a distribution is its first place.
    const first = guide[row * PLACES]!
    const end = row + 1 < distributions ? guide[(row + 1) * PLACES]! : bounds.length
    for (let place = 0; place < PLACES; place++) {
      const at = Math.min(first + place, end - 1)
      // Uniform numbers are integers: below a bound are those up to its ceiling less 1. Sums may pass 2³² by rounding.
      limits[row * PLACES + place] = Math.min(Math.ceil(bounds[at]!), 2 ** 32) - 1 - 2 ** 31
      drawn[row * PLACES + place] = values[at]!
    }
  }
  const [limitSpec, valueSpec] = searchTableSpecs(rows) as [TensorSpec, TensorSpec]
  return [
    { ...limitSpec, data: limits },
    { ...valueSpec, data: drawn },
  ]
}

/**
 * Draws a value for each place from the distribution whose number stands in `rows`: what `drawValues` of src/noise draws,
 * to the bit, since all of it is comparisons of integers.
 *
 * @param rows int32, broadcasts to the shape of `leading`
 * @param leading sixteen bits of the uniform numbers, int32
 * @param lower sixteen more, int32
 * @returns int32, 0 to 255
 */
export function searchValues(
  tables: readonly Tensor[],
  rows: Tensor,
  leading: Tensor,
  lower: Tensor,
): Tensor {
  const [limits, values] = tables as [Tensor, Tensor]
  const uniform = add(mul(sub(leading, whole(2 ** 15)), whole(2 ** 16)), lower)
  const first = broadcastTo(mul(rows, whole(PLACES)), leading.shape)
  const at = (table: Tensor, places: Tensor) =>
    reshape(gather(table as Tensor1D, reshape(places, [places.size]) as Tensor1D), places.shape)
  let place = first
  for (let step = PLACES / 2; step >= 1; step /= 2) {
    const beyond = greater(uniform, at(limits, add(place, whole(step - 1))))
    place = add(place, mul(cast(beyond, 'int32'), whole(step)))
  }
  return at(values, place)
}
