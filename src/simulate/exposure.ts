import type { RandomStream } from '../random/index.ts'
import { ELECTRONS_PER_NANOMAGGY } from '../survey/index.ts'

/**
 * Length over which the noise of a stack is correlated, in native pixels: resampling and the compression of the
 * viewer's pictures smooth it. Chosen so that neighbours correlate by 0.47, as in the sky of genuine pictures.
 */
const CORRELATION_LENGTH = 0.7

/**
 * Share of the noise's variance that the bands have in common. Cameras know no such thing, but the compression of the
 * viewer's pictures all but removes noise of colour, and leaves that of brightness.
 */
const COMMON_VARIANCE = 0.82

/** What an observation of one field was like. */
export interface Observation {
  /** Full width at half maximum of the point-spread function in g, r, z, arcsec. */
  readonly seeing: readonly [g: number, r: number, z: number]
  /** Noise of the sky in g, r, z: standard deviation, nanomaggies per native pixel. */
  readonly skyNoise: readonly [g: number, r: number, z: number]
  /** What the subtraction of the sky left over in g, r, z, nanomaggies per native pixel. */
  readonly skyResidual: readonly [g: number, r: number, z: number]
}

/** How noise of the native pixels shows in pixels `ratio` times as wide, each the mean of those that it covers. */
interface NoiseGrain {
  /** Standard deviation relative to that of native pixels. */
  readonly scale: number
  /** Weights of a pixel and of its neighbours in white noise of variance 1, which keep that variance. */
  readonly centre: number
  readonly side: number
}

/**
 * Noise as a continuous field of Gaussian autocorrelation, averaged over pixels: per axis the covariance of pixels d
 * apart is ∫ (1 − |t|) ρ(ratio · (d + t)) dt over −1 < t < 1.
 */
export function noiseGrain(ratio: number): NoiseGrain {
  const here = boxCovariance(ratio, 0)
  const correlation = boxCovariance(ratio, 1) / here
  // A kernel (a, 1, a) correlates neighbours by 2a / (1 + 2a²).
  const side = correlation < 1e-6 ? 0 : (1 - Math.sqrt(1 - 2 * correlation * correlation)) / (2 * correlation)
  const norm = 1 / Math.sqrt(1 + 2 * side * side)
  return { scale: here / boxCovariance(1, 0), centre: norm, side: side * norm }
}

function boxCovariance(ratio: number, distance: number): number {
  const steps = 2000
  let sum = 0
  for (let step = 0; step < steps; step++) {
    const t = -1 + (2 * (step + 0.5)) / steps
    sum += (1 - Math.abs(t)) * Math.exp(-0.5 * ((ratio * (distance + t)) / CORRELATION_LENGTH) ** 2)
  }
  return (sum * 2) / steps
}

/** Adds what an exposure adds to light: noise of the sky and of the photons. Keeps its work space between calls. */
export class Exposure {
  readonly #size: number
  readonly #grain: NoiseGrain
  readonly #white: Float32Array
  readonly #common: Float32Array
  readonly #own: Float32Array

  /**
   * @param size width and height of the planes, pixels
   * @param ratio width of a pixel in native pixels, 1 or more
   */
  constructor(size: number, ratio: number) {
    this.#size = size
    this.#grain = noiseGrain(ratio)
    this.#white = new Float32Array(size * size)
    this.#common = new Float32Array(size * size)
    this.#own = new Float32Array(size * size)
  }

  /**
   * Adds noise and residual sky in place. Variance per native pixel: that of the sky plus light / electrons per
   * nanomaggy (a Gaussian for Poisson's distribution: sky alone brings hundreds of electrons a pixel).
   * @param planes g, r, z in nanomaggies per native pixel
   */
  addNoise(
    planes: readonly [Float32Array, Float32Array, Float32Array],
    observation: Observation,
    random: RandomStream,
  ): void {
    const common = this.#common
    const own = this.#own
    const commonWeight = Math.sqrt(COMMON_VARIANCE) * this.#grain.scale
    const ownWeight = Math.sqrt(1 - COMMON_VARIANCE) * this.#grain.scale
    this.#fillNoise(common, random)
    for (const band of [0, 1, 2] as const) {
      this.#fillNoise(own, random)
      const plane = planes[band]
      const skyVariance = observation.skyNoise[band] ** 2
      const residual = observation.skyResidual[band]
      const inverseGain = 1 / ELECTRONS_PER_NANOMAGGY[band]
      for (let i = 0; i < plane.length; i++) {
        const light = plane[i]!
        const deviation = Math.sqrt(skyVariance + light * inverseGain)
        plane[i] = light + residual + deviation * (commonWeight * common[i]! + ownWeight * own[i]!)
      }
    }
  }

  /** Noise of variance 1 with the grain's correlation between neighbours. The field wraps round at its edges. */
  #fillNoise(out: Float32Array, random: RandomStream): void {
    const size = this.#size
    const white = this.#white
    const { centre, side } = this.#grain
    for (let i = 0; i < out.length; i++) out[i] = random.normal()
    for (let row = 0; row < size; row++) {
      const start = row * size
      const last = start + size - 1
      let left = out[last]!
      for (let i = start; i <= last; i++) {
        const right = i === last ? out[start]! : out[i + 1]!
        white[i] = centre * out[i]! + side * (left + right)
        left = out[i]!
      }
    }
    for (let row = 0; row < size; row++) {
      const start = row * size
      const above = (row === 0 ? size - 1 : row - 1) * size
      const below = (row === size - 1 ? 0 : row + 1) * size
      for (let column = 0; column < size; column++) {
        out[start + column] =
          centre * white[start + column]! + side * (white[above + column]! + white[below + column]!)
      }
    }
  }
}
