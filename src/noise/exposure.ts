import { ELECTRONS_PER_NANOMAGGY, LEGACY_PIXEL_SCALE, STRETCH } from '../survey/index.ts'
import { borderPixels } from './border.ts'
import { checkDose } from './check-dose.ts'
import { sortedLevels } from './levels.ts'
import { fillNormals } from './normals.ts'
import { type PictureKey, pictureKey } from './picture-key.ts'
import type { NoiseProtocol } from './protocol.ts'
import { skyDeviations } from './sky-noise.ts'
import { exactNoise, quadraticNoise, ValueStream } from './source-noise.ts'
import { tabulatedStretch, UNSTRETCH_FACTORS } from './stretch-tables.ts'
import { tallyPictures } from './tally.ts'

/** Exposure fractions 1/2 to 1/32: 0.38, 0.75, 1.13, 1.5 and 1.9 magnitudes shallower. */
export const EXPOSURE_LEVELS: readonly number[] = [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32]

/** 7.5 magnitudes shallower, more than surveys differ by. */
const SMALLEST_LEVEL = 1e-6

const M = STRETCH.pedestal
/** Red, green, blue. */
const SCALES = [STRETCH.scales.z, STRETCH.scales.r, STRETCH.scales.g] as const
const [GAIN_G, GAIN_R, GAIN_Z] = ELECTRONS_PER_NANOMAGGY
const GAINS = [GAIN_Z, GAIN_R, GAIN_G] as const

/**
 * A shorter exposure, for pictures with the Legacy Surveys' stretch (see `looksLikeLegacySurveys`): the stretch is undone,
 * the noise added that a fraction f of the exposure time would have had more, and the picture stretched again. With σ the
 * noise of the picture's sky and F its light per native pixel, in each band the noise has mean 0 and variance
 *
 *     (1/f − 1) · (σ² + max(F, 0)/G)        G electrons per nanomaggy, times k² where a pixel covers k × k native ones
 *
 * Its derivation, its limits and what is approximated: docs/noise.md. Level 1 leaves pictures as they are. Black pixels
 * hold no light to be read and stay black.
 *
 * @throws PureGalaxyError `noise.level` unless levels are 1e-6 to 1, each given once
 * @example
 * exposureProtocol([1 / 8]).apply({ pictures, height, width, indices, pixelScales, out: pictures }, 1 / 8, seed)
 */
export function exposureProtocol(levels: readonly number[] = EXPOSURE_LEVELS): NoiseProtocol {
  const unit = 'fraction of the exposure time'
  const sorted = sortedLevels('exposure', levels, {
    unit,
    range: `${SMALLEST_LEVEL} to 1`,
    holds: (level) => level >= SMALLEST_LEVEL && level <= 1,
  })
  return {
    name: 'exposure',
    unit,
    pixels: 'stored',
    levels: sorted,
    apply(batch, level, seed) {
      checkDose({ name: 'exposure', levels: sorted }, batch, level, seed)
      const { pictures, height, width, indices, pixelScales, out } = batch
      const tally = tallyPictures({ pictures, indices })
      const border = borderPixels(height, width)
      const size = pictures.length / indices.length
      const normals = new Float32Array(8 * Math.ceil(size / 8))
      let emptyBorders = 0
      for (let row = 0; row < indices.length; row++) {
        const picture = pictures.subarray(row * size, (row + 1) * size)
        const result = out.subarray(row * size, (row + 1) * size)
        const deviations = skyDeviations(picture, border)
        if (deviations.includes(0)) emptyBorders++
        if (level === 1) {
          result.set(picture)
          continue
        }
        const key = pictureKey('exposure', indices[row]!, level, seed)
        fillNormals(normals, key)
        const bands = bandNoises(deviations, level, pixelScales?.[row])
        if (bands.some(({ exact }) => exact)) exposeExactly(picture, result, normals, bands, key)
        else expose(picture, result, normals, bands)
      }
      return { ...tally, emptyBorders }
    },
  }
}

/** Noise in one band, in the unit of t = F s + m. */
export interface BandNoise {
  /** Variance. */
  readonly sky: number
  /** t of one electron of the light in the shorter exposure, times 1 − f. */
  readonly step: number
  /** Whether Poisson variates are drawn one by one: the sky's noise does not hide their steps. */
  readonly exact: boolean
}

type Bands<T> = readonly [red: T, green: T, blue: T]

/** @param deviations noise of the sky, `skyDeviations` */
export function bandNoises(
  deviations: Bands<number>,
  level: number,
  pixelScale = Number.NaN,
): Bands<BandNoise> {
  const more = 1 / level - 1
  const side = pixelScale > 0 ? pixelScale / LEGACY_PIXEL_SCALE : 1
  const band = (channel: 0 | 1 | 2): BandNoise => {
    const sky = more * (SCALES[channel] * deviations[channel]) ** 2
    const step = (more * SCALES[channel]) / (GAINS[channel] * side * side)
    return { sky, step, exact: sky < step * step }
  }
  return [band(0), band(1), band(2)]
}

/** @param normals a standard normal variate for each value */
function expose(
  picture: Uint8Array,
  out: Uint8Array,
  normals: Float32Array,
  [red, green, blue]: Bands<BandNoise>,
): void {
  for (let i = 0; i < picture.length; i += 3) {
    const factor = unstretchFactorAt(picture, i)
    const r = quadraticallyNoisy(picture[i]! * factor, red, normals[i]!)
    const g = quadraticallyNoisy(picture[i + 1]! * factor, green, normals[i + 1]!)
    const b = quadraticallyNoisy(picture[i + 2]! * factor, blue, normals[i + 2]!)
    writePixel(out, i, factor, r, g, b)
  }
}

/** As `expose`, where Poisson variates are drawn in some band: a loop of its own, so that the usual one stays short. */
function exposeExactly(
  picture: Uint8Array,
  out: Uint8Array,
  normals: Float32Array,
  bands: Bands<BandNoise>,
  key: PictureKey,
): void {
  const stream = new ValueStream(key)
  const noisy = (t: number, band: BandNoise, place: number) => {
    if (!band.exact) return quadraticallyNoisy(t, band, normals[place]!)
    stream.moveTo(place)
    const light = positive(t - M)
    return positive(t + exactNoise(normals[place]!, band.sky, band.step, light, stream.uniform))
  }
  for (let i = 0; i < picture.length; i += 3) {
    const factor = unstretchFactorAt(picture, i)
    const r = noisy(picture[i]! * factor, bands[0], i)
    const g = noisy(picture[i + 1]! * factor, bands[1], i + 1)
    const b = noisy(picture[i + 2]! * factor, bands[2], i + 2)
    writePixel(out, i, factor, r, g, b)
  }
}

/** t with its noise, or 0 where that is negative. */
function quadraticallyNoisy(t: number, { sky, step }: BandNoise, normal: number): number {
  return positive(t + quadraticNoise(normal, sky, step, positive(t - M)))
}

/** Stretches the t of a pixel, none negative. Black pixels, whose `factor` was 0, stay black. */
function writePixel(out: Uint8Array, at: number, factor: number, r: number, g: number, b: number): void {
  const stretch = factor === 0 ? 0 : tabulatedStretch(r + g + b)
  out[at] = toByte(r * stretch)
  out[at + 1] = toByte(g * stretch)
  out[at + 2] = toByte(b * stretch)
}

function unstretchFactorAt(picture: Uint8Array, at: number): number {
  return UNSTRETCH_FACTORS[picture[at]! + picture[at + 1]! + picture[at + 2]!]!
}

/** max(0, x) without a branch: noise has either sign at random, and a branch guessed wrong takes longer. */
function positive(x: number): number {
  return 0.5 * (x + Math.abs(x))
}

/** @param value 0 or more */
function toByte(value: number): number {
  const rounded = (value + 0.5) | 0
  return rounded > 255 ? 255 : rounded
}
