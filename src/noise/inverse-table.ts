import { philox4x32 } from '../random/index.ts'
import type { PictureKey } from './picture-key.ts'

/** Leading bits of a uniform number that index the guide table. */
const GUIDE_BITS = 8
const GUIDE_SHIFT = 16 - GUIDE_BITS
const GUIDE_SIZE = 1 << GUIDE_BITS

/**
 * Distributions over the values 0 to 255, ready to be drawn from: `bounds` are, one distribution after the other, the
 * probabilities, in units of 2⁻³², that a draw is at most the value of the same place in `values`; `leading` are their
 * sixteen leading bits. `guide` holds, for each distribution and the leading bits of a uniform number, the first bound
 * that can exceed it (Chen and Asau 1974), so that a draw looks at one or two bounds.
 */
export interface InverseTable {
  readonly bounds: Float64Array
  readonly leading: Int32Array
  readonly values: Uint8Array
  readonly guide: Int32Array
}

/** @param distributions 256 probabilities each */
export function inverseTable(distributions: readonly Float64Array[]): InverseTable {
  const bounds: number[] = []
  const values: number[] = []
  const guide = new Int32Array(distributions.length * GUIDE_SIZE)
  for (const [row, probabilities] of distributions.entries()) {
    let position = bounds.length
    let total = 0
    for (const [value, probability] of probabilities.entries()) {
      if (probability === 0) continue
      total += probability
      bounds.push(total * 2 ** 32)
      values.push(value)
    }
    // Rounding may leave the sum a little below 1: the last value takes the rest.
    bounds[bounds.length - 1] = 2 ** 32
    for (let head = 0; head < GUIDE_SIZE; head++) {
      while (bounds[position]! <= head * 2 ** (32 - GUIDE_BITS)) position++
      guide[row * GUIDE_SIZE + head] = position
    }
  }
  return {
    bounds: Float64Array.from(bounds),
    leading: Int32Array.from(bounds, (bound) => Math.floor(bound / 65536)),
    values: Uint8Array.from(values),
    guide,
  }
}

/** Probability of each 8-bit value of min(1, Poisson(rate)/full), in logarithms so that no rate underflows. */
export function clippedPoisson(rate: number, full: number): Float64Array {
  const probabilities = new Float64Array(256)
  if (rate === 0) {
    probabilities[0] = 1
    return probabilities
  }
  let logProbability = -rate
  let below = 0
  for (let count = 0; count < full; count++) {
    const probability = Math.exp(logProbability)
    probabilities[Math.round((255 * count) / full)]! += probability
    below += probability
    logProbability += Math.log(rate / (count + 1))
  }
  probabilities[255]! += Math.max(0, 1 - below)
  return probabilities
}

/**
 * Draws a value for each place of `out`, from the distribution whose number stands in the same place of `rows`.
 *
 * The words of the key give place `i` the sixteen bits numbered `i`, the leading half of a 32-bit uniform number; the
 * lower half is drawn only for the few that sixteen bits leave undecided.
 *
 * @param rows may be the array `out`
 */
export function drawValues(
  { bounds, leading, values, guide }: InverseTable,
  rows: Uint8Array,
  out: Uint8Array,
  { picture, level, seed, purpose }: PictureKey,
): void {
  const words = new Uint32Array(4)
  const lower = new Uint32Array(4)
  for (let i = 0; i < out.length; i++) {
    if ((i & 7) === 0) philox4x32(i >>> 3, picture, level, 0, seed, purpose, words)
    const word = words[(i & 7) >>> 1]!
    const half = (i & 1) === 0 ? word >>> 16 : word & 0xffff
    let position = guide[rows[i]! * GUIDE_SIZE + (half >>> GUIDE_SHIFT)]!
    while (half > leading[position]!) position++
    if (half === leading[position]!) {
      philox4x32(i, picture, level, 1, seed, purpose, lower)
      const uniform = half * 65536 + (lower[0]! & 0xffff)
      while (uniform >= bounds[position]!) position++
    }
    out[i] = values[position]!
  }
}
