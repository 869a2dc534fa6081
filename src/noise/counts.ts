import { checkDose } from './check-dose.ts'
import { clippedPoisson, drawValues, type InverseTable, inverseTable } from './inverse-table.ts'
import { sortedLevels } from './levels.ts'
import { pictureKey } from './picture-key.ts'
import type { NoiseProtocol } from './protocol.ts'
import { tallyPictures } from './tally.ts'

/** Photons at full scale, from mild to strong: the shot noise of ImageNet-C. */
export const IMAGENET_LEVELS: readonly number[] = [60, 25, 12, 5, 3]

/** The shot noise of CIFAR-10-C. */
export const CIFAR_LEVELS: readonly number[] = [500, 250, 100, 75, 50]

/** Largest number of photons at full scale: beyond, the noise is below half a grey level and tables grow. */
const LARGEST_LEVEL = 10_000

/**
 * Shot noise: each value x in [0, 1] of a picture becomes Poisson(x·c)/c, clipped to [0, 1] and rounded to 8 bits.
 * The noise is ImageNet-C's (Hendrycks and Dietterich 2019), which truncates to 8 bits instead and stores JPEG; c, the
 * level, is the photons at full scale. It is drawn on the stored pixels, which for stretched pictures of galaxies is no
 * physical exposure (docs/noise.md).
 *
 * @throws PureGalaxyError `noise.level` unless levels are above 0 and at most 10,000, each given once
 * @example
 * countsProtocol([12]).apply({ pictures, height, width, indices, out: pictures }, 12, seed)
 */
export function countsProtocol(levels: readonly number[] = IMAGENET_LEVELS): NoiseProtocol {
  const unit = 'photons at full scale'
  const sorted = sortedLevels('counts', levels, {
    unit,
    range: `above 0 and at most ${LARGEST_LEVEL}`,
    holds: (level) => level > 0 && level <= LARGEST_LEVEL,
  })
  const tables = new Map<number, InverseTable>()
  return {
    name: 'counts',
    unit,
    pixels: 'input',
    levels: sorted,
    apply(batch, level, seed) {
      checkDose({ name: 'counts', levels: sorted }, batch, level, seed)
      const { pictures, indices, out } = batch
      const tally = tallyPictures(batch)
      const table = tables.get(level) ?? inverseTable(shotNoise(level))
      tables.set(level, table)
      const size = pictures.length / indices.length
      for (let row = 0; row < indices.length; row++) {
        const [start, end] = [row * size, (row + 1) * size]
        const key = pictureKey('counts', indices[row]!, level, seed)
        drawValues(table, pictures.subarray(start, end), out.subarray(start, end), key)
      }
      return tally
    },
  }
}

/** The distribution of the noisy value for each of the 256 values. */
export function shotNoise(level: number): Float64Array[] {
  return Array.from({ length: 256 }, (_, value) => clippedPoisson((value / 255) * level, level))
}
