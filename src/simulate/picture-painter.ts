import type { RandomStream } from '../random/index.ts'
import { LEGACY_PIXEL_SCALE, stretchToBytes } from '../survey/index.ts'
import { around, logAround } from './draws.ts'
import { Exposure, type Observation } from './exposure.ts'
import { LightCanvas } from './light-canvas.ts'
import { PointSpread } from './point-spread.ts'

/** Pixels of the canvas are at most this wide, arcsec, so that arms and bars survive in pictures of large pixels. */
const CANVAS_SCALE = 0.53

/**
 * Takes light to a picture: what is painted is gathered into pixels, blurred, given noise and stretched. One painter
 * serves any number of pictures of the same size; it is not to be shared between calls that overlap.
 */
export class PicturePainter {
  readonly #size: number
  readonly #samples: number
  readonly #pixelScale: number
  readonly #canvas: LightCanvas
  readonly #pointSpread: PointSpread
  readonly #exposure: Exposure
  readonly #planes: readonly [Float32Array, Float32Array, Float32Array]

  /**
   * @param size width and height, pixels
   * @param pixelScale arcsec per pixel
   */
  constructor(size: number, pixelScale: number) {
    this.#size = size
    this.#pixelScale = pixelScale
    this.#samples = Math.ceil(pixelScale / CANVAS_SCALE)
    this.#canvas = new LightCanvas(size * this.#samples, pixelScale / this.#samples)
    this.#pointSpread = new PointSpread(size)
    this.#exposure = new Exposure(size, pixelScale / LEGACY_PIXEL_SCALE)
    const plane = () => new Float32Array(size * size)
    this.#planes = [plane(), plane(), plane()]
  }

  /**
   * @param paint paints the light of the field
   * @param observation seeing and sky
   * @param noise draws the noise
   * @returns size × size × 3, red, green, blue, 8 bits
   */
  draw(paint: (canvas: LightCanvas) => void, observation: Observation, noise: RandomStream): Uint8Array {
    const canvas = this.#canvas
    const planes = this.#planes
    canvas.clear()
    paint(canvas)
    const painted = [canvas.g, canvas.r, canvas.z] as const
    for (const band of [0, 1, 2] as const) {
      this.#gather(painted[band], planes[band])
      this.#pointSpread.blur(planes[band], observation.seeing[band] / this.#pixelScale)
    }
    this.#exposure.addNoise(planes, observation, noise)
    return stretchToBytes(...planes, new Uint8Array(3 * planes[0].length))
  }

  /** Sums the canvas into pixels, as flux per native pixel: the surface brightness that the stretch expects. */
  #gather(from: Float32Array, to: Float32Array): void {
    const size = this.#size
    const samples = this.#samples
    const stride = size * samples
    const perNative = (LEGACY_PIXEL_SCALE / this.#pixelScale) ** 2
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        let sum = 0
        for (let dy = 0; dy < samples; dy++) {
          const start = (row * samples + dy) * stride + column * samples
          for (let dx = 0; dx < samples; dx++) sum += from[start + dx]!
        }
        to[row * size + column] = sum * perNative
      }
    }
  }
}

/** Draws the conditions of an observation: seeing and depth as they vary over the Legacy Surveys' pictures. */
export function drawObservation(random: RandomStream): Observation {
  const night = around(random, 0, 0.1)
  const seeing = (median: number) =>
    Math.min(1.9, Math.max(0.85, median * Math.exp(night + around(random, 0, 0.06))))
  const depth = logAround(random, 1, 0.28)
  const subtraction = around(random, 0, 1)
  const residual = (mean: number, deviation: number) =>
    mean + deviation * (0.8 * subtraction + 0.6 * around(random, 0, 1))
  const noise = (median: number) => median * depth * Math.exp(around(random, 0, 0.05))
  return {
    seeing: [seeing(1.3), seeing(1.2), seeing(1.12)],
    skyNoise: [noise(SKY_NOISE[0]), noise(SKY_NOISE[1]), noise(SKY_NOISE[2])],
    skyResidual: [residual(-2.6e-4, 1.1e-4), residual(-3.4e-4, 1.8e-4), residual(-3.2e-4, 4.5e-4)],
  }
}

/** Median noise of the sky in g, r, z, nanomaggies per native pixel. */
const SKY_NOISE = [0.00125, 0.00215, 0.0037] as const
