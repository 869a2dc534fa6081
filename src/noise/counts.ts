import { PureGalaxyError } from '../errors.ts'
import { philox4x32 } from '../random/index.ts'
import type { NoiseProtocol } from './protocol.ts'
import { tallyPictures } from './tally.ts'

/** Photons at full scale, from mild to strong: the shot noise of ImageNet-C. */
export const IMAGENET_LEVELS: readonly number[] = [60, 25, 12, 5, 3]

/** The shot noise of CIFAR-10-C. */
export const CIFAR_LEVELS: readonly number[] = [500, 250, 100, 75, 50]

/** Largest number of photons at full scale: beyond, the noise is below half a grey level and tables grow. */
const LARGEST_LEVEL = 10_000

/** Leading bits of a uniform number that index the guide table. */
const GUIDE_BITS = 8
const GUIDE_SHIFT = 16 - GUIDE_BITS
const GUIDE_SIZE = 1 << GUIDE_BITS

/**
 * Shot noise: each value x in [0, 1] of a picture becomes Poisson(x·c)/c, clipped to [0, 1] and rounded to 8 bits.
 * The noise is ImageNet-C's (Hendrycks and Dietterich 2019), which truncates to 8 bits instead and stores JPEG; c, the level, is the photons at full scale. It is drawn on the
 * stored pixels, which for stretched pictures of galaxies is no physical exposure (FACTS section 5).
 *
 * @throws PureGalaxyError `noise.level` unless levels are above 0 and at most 10,000
 */
export function countsProtocol(levels: readonly number[] = IMAGENET_LEVELS): NoiseProtocol {
  for (const level of levels) {
    if (!(level > 0 && level <= LARGEST_LEVEL))
      throw new PureGalaxyError(
        'noise.level',
        `The level ${level} of protocol counts is out of range; expected photons at full scale, above 0 and at most ${LARGEST_LEVEL}.`,
      )
  }
  const tables = new Map<number, ShotNoiseTable>()
  return {
    name: 'counts',
    unit: 'photons at full scale',
    pixels: 'input',
    levels,
    apply(batch, level, seed) {
      const { pictures, indices, out } = batch
      const tally = tallyPictures(batch)
      const table = tables.get(level) ?? shotNoiseTable(level)
      tables.set(level, table)
      const size = pictures.length / indices.length
      for (let row = 0; row < indices.length; row++) {
        drawPicture(table, pictures, out, row * size, size, indices[row]!, seed)
      }
      return tally
    },
  }
}

/**
 * The distribution of the noisy value for each of the 256 values: `bounds[first[value] + j]` is the probability, in
 * units of 2⁻³², that the noisy value is at most `values[first[value] + j]`; `leading` are their sixteen leading bits. `guide`
 * holds, for the leading bits of a uniform number, the first bound that can exceed it (Chen and Asau 1974), so that a draw looks at one or two bounds.
 */
interface ShotNoiseTable {
  readonly level: number
  readonly bounds: Float64Array
  readonly leading: Int32Array
  readonly values: Uint8Array
  readonly guide: Int32Array
}

function shotNoiseTable(level: number): ShotNoiseTable {
  const bounds: number[] = []
  const values: number[] = []
  const guide = new Int32Array(256 * GUIDE_SIZE)
  for (let value = 0; value < 256; value++) {
    const first = bounds.length
    const probabilities = noisyValueProbabilities((value / 255) * level, level)
    let total = 0
    for (const [noisy, probability] of probabilities.entries()) {
      if (probability === 0) continue
      total += probability
      bounds.push(total * 2 ** 32)
      values.push(noisy)
    }
    // Rounding may leave the sum a little below 1: the last value takes the rest.
    bounds[bounds.length - 1] = 2 ** 32
    let position = first
    for (let head = 0; head < GUIDE_SIZE; head++) {
      while (bounds[position]! <= head * 2 ** (32 - GUIDE_BITS)) position++
      guide[value * GUIDE_SIZE + head] = position
    }
  }
  return {
    level,
    bounds: Float64Array.from(bounds),
    leading: Int32Array.from(bounds, (bound) => Math.floor(bound / 65536)),
    values: Uint8Array.from(values),
    guide,
  }
}

/** Probability of each 8-bit value of min(1, Poisson(rate)/level), in logarithms so that no rate underflows. */
function noisyValueProbabilities(rate: number, level: number): Float64Array {
  const probabilities = new Float64Array(256)
  if (rate === 0) {
    probabilities[0] = 1
    return probabilities
  }
  let logProbability = -rate
  let below = 0
  for (let count = 0; count < level; count++) {
    const probability = Math.exp(logProbability)
    probabilities[Math.round((255 * count) / level)]! += probability
    below += probability
    logProbability += Math.log(rate / (count + 1))
  }
  probabilities[255]! += Math.max(0, 1 - below)
  return probabilities
}

/** Marks the key, so that no other use of Philox with the same seed draws these words. */
const KEY_PURPOSE = 0x5807

/**
 * One picture. The counter sequence named by (picture, level, seed) gives value `i` the sixteen bits numbered `i`, the
 * leading half of a 32-bit uniform number; the lower half is drawn only for the few that sixteen bits leave undecided.
 */
function drawPicture(
  { level, bounds, leading, values, guide }: ShotNoiseTable,
  pictures: Uint8Array,
  out: Uint8Array,
  start: number,
  size: number,
  picture: number,
  seed: number,
): void {
  const words = new Uint32Array(4)
  const lower = new Uint32Array(4)
  const levelWord = new Int32Array(Float32Array.of(level).buffer)[0]!
  for (let i = 0; i < size; i++) {
    if ((i & 7) === 0) philox4x32(i >>> 3, picture, levelWord, 0, seed, KEY_PURPOSE, words)
    const word = words[(i & 7) >>> 1]!
    const half = (i & 1) === 0 ? word >>> 16 : word & 0xffff
    let position = guide[pictures[start + i]! * GUIDE_SIZE + (half >>> GUIDE_SHIFT)]!
    while (half > leading[position]!) position++
    if (half === leading[position]!) {
      philox4x32(i, picture, levelWord, 1, seed, KEY_PURPOSE, lower)
      const uniform = half * 65536 + (lower[0]! & 0xffff)
      while (uniform >= bounds[position]!) position++
    }
    out[start + i] = values[position]!
  }
}
