import { checkDose } from './check-dose.ts'
import { clippedPoisson, drawValues, type InverseTable, inverseTable } from './inverse-table.ts'
import { sortedLevels } from './levels.ts'
import { pictureKey } from './picture-key.ts'
import type { NoiseProtocol } from './protocol.ts'
import { tallyPictures } from './tally.ts'

/** Of the picture's light to what is shown, from mild to strong. */
export const ADDITIVE_LEVELS: readonly number[] = [0.9, 0.8, 0.7, 0.6, 0.5]

/** Below, the noise of all but the darkest pictures lies beyond 255. */
const SMALLEST_LEVEL = 0.01

/**
 * Additive noise: to each 8-bit value of a picture of mean μ a Poisson variate of rate μ·(1/level − 1) is added, and the
 * sum clipped to 255, so that the level is the share of the mean that is the picture's own (an equivariant-network paper
 * on Galaxy10 calls it signal to noise). The rate is the same everywhere in a picture: the noise brightens it and does
 * not depend on its light. At level 1 nothing is added.
 *
 * @throws PureGalaxyError `noise.level` unless levels are 0.01 to 1, each given once
 * @example
 * additiveProtocol([0.5]).apply({ pictures, height, width, indices, out: pictures }, 0.5, seed)
 */
export function additiveProtocol(levels: readonly number[] = ADDITIVE_LEVELS): NoiseProtocol {
  const unit = 'share of the mean that is signal'
  const sorted = sortedLevels('additive', levels, {
    unit,
    range: `${SMALLEST_LEVEL} to 1`,
    holds: (level) => level >= SMALLEST_LEVEL && level <= 1,
  })
  return {
    name: 'additive',
    unit,
    pixels: 'input',
    levels: sorted,
    apply(batch, level, seed) {
      checkDose({ name: 'additive', levels: sorted }, batch, level, seed)
      const { pictures, indices, out } = batch
      const tally = tallyPictures(batch)
      const size = pictures.length / indices.length
      const oneDistribution = new Uint8Array(size)
      const noise = new Uint8Array(size)
      for (let row = 0; row < indices.length; row++) {
        const start = row * size
        const picture = pictures.subarray(start, start + size)
        const key = pictureKey('additive', indices[row]!, level, seed)
        const table = additiveTable([additiveRate(meanOf(picture), level)])
        drawValues(table, oneDistribution, noise, key)
        for (let i = 0; i < size; i++) out[start + i] = Math.min(255, picture[i]! + noise[i]!)
      }
      return tally
    },
  }
}

/** Rate of what is added to the values of a picture. */
export function additiveRate(mean: number, level: number): number {
  return mean * (1 / level - 1)
}

/** The distributions of what is added at some rates. Counts of 255 and more are one: every value ends at 255. */
export function additiveTable(rates: readonly number[]): InverseTable {
  return inverseTable(rates.map((rate) => clippedPoisson(rate, 255)))
}

export function meanOf(picture: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < picture.length; i++) sum += picture[i]!
  return sum / picture.length
}
