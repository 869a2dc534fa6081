/**
 * The point-spread function: a Moffat profile of β = 3, close to what DECam delivers, written as a sum of two round
 * Gaussians, which blur in rows and columns apart. The fit holds within 1.5 % of the peak; the faint wings beyond three
 * widths, seen only around bright stars, are lost. Standard deviations are in units of the full width at half maximum.
 */
const MOFFAT_GAUSSIANS = [
  { sigma: 0.3883, weight: 0.4889 },
  { sigma: 0.7726, weight: 0.5111 },
] as const

/** Taps reach this many standard deviations. */
const REACH = 2.8

/** Blurs planes of one size; keeps its work space between calls. */
export class PointSpread {
  readonly #size: number
  readonly #turned: Float32Array
  readonly #sum: Float32Array
  /** One row of pixels with empty sky at both ends. */
  #line = new Float64Array(0)

  constructor(size: number) {
    this.#size = size
    this.#turned = new Float32Array(size * size)
    this.#sum = new Float32Array(size * size)
  }

  /**
   * Blurs a plane in place. Light that leaves the field is lost, and none enters.
   * @param width full width at half maximum, in pixels of the plane
   */
  blur(plane: Float32Array, width: number): void {
    this.#sum.fill(0)
    for (const { sigma, weight } of MOFFAT_GAUSSIANS) {
      const taps = gaussianTaps(sigma * width)
      this.#turned.fill(0)
      this.#blurRows(plane, taps, 1, this.#turned)
      this.#blurRows(this.#turned, taps, weight, this.#sum)
    }
    plane.set(this.#sum)
  }

  /** Blurs along rows and adds the result, turned so that rows are columns, to another plane: twice gives both axes. */
  #blurRows(from: Float32Array, taps: Float64Array, weight: number, to: Float32Array): void {
    const size = this.#size
    const reach = taps.length - 1
    if (this.#line.length !== size + 2 * reach) this.#line = new Float64Array(size + 2 * reach)
    const line = this.#line
    for (let row = 0; row < size; row++) {
      const start = row * size
      for (let column = 0; column < size; column++) line[reach + column] = from[start + column]!
      for (let column = 0; column < size; column++) {
        const centre = reach + column
        let sum = taps[0]! * line[centre]!
        for (let k = 1; k <= reach; k++) sum += taps[k]! * (line[centre - k]! + line[centre + k]!)
        to[column * size + row]! += weight * sum
      }
    }
  }
}

/**
 * Half of a symmetric kernel whose variance is that of the Gaussian, less the twelfth of a pixel that sampling the sky
 * by pixels has added already; where the pixels are wider than the Gaussian, the kernel shrinks to what is left.
 */
function gaussianTaps(sigma: number): Float64Array {
  const narrowed = Math.sqrt(Math.max(0.04, sigma * sigma - 1 / 12))
  const taps = new Float64Array(Math.max(1, Math.ceil(REACH * narrowed)) + 1)
  let sum = 0
  for (let k = 0; k < taps.length; k++) {
    taps[k] = Math.exp(-0.5 * (k / narrowed) ** 2)
    sum += k === 0 ? taps[k]! : 2 * taps[k]!
  }
  for (let k = 0; k < taps.length; k++) taps[k]! /= sum
  return taps
}
