import type { Light } from './light.ts'

/** Samples along each side of a pixel near the centre of what is painted, where profiles have their cusps. */
const CORE_SAMPLES = 5
const CORE_PIXELS = 1.6

/** Surface brightness in arbitrary units at an offset in arcsec (x to the right, y down) from the centre. */
export type Brightness = (x: number, y: number) => number

/**
 * The light of a field before the atmosphere touches it: three planes of flux (nanomaggies per pixel of the canvas),
 * onto which profiles are painted. The origin is the centre of the field, x runs to the right and y down, in arcsec.
 * A canvas is kept and cleared from picture to picture, so that drawing allocates next to nothing.
 */
export class LightCanvas {
  readonly size: number
  /** Arcsec per pixel of the canvas. */
  readonly scale: number
  readonly g: Float32Array
  readonly r: Float32Array
  readonly z: Float32Array
  #scratch = new Float64Array(0)

  constructor(size: number, scale: number) {
    this.size = size
    this.scale = scale
    this.g = new Float32Array(size * size)
    this.r = new Float32Array(size * size)
    this.z = new Float32Array(size * size)
  }

  clear(): void {
    this.g.fill(0)
    this.r.fill(0)
    this.z.fill(0)
  }

  /**
   * Adds a profile out to `radius` arcsec around (x, y), scaled so that all of it, with what falls outside the field,
   * has the given light. A profile that is zero everywhere adds nothing.
   */
  paint(x: number, y: number, radius: number, brightness: Brightness, light: Light): void {
    const { size, scale } = this
    const half = size / 2
    const left = Math.floor((x - radius) / scale + half)
    const top = Math.floor((y - radius) / scale + half)
    const span = Math.ceil((2 * radius) / scale) + 1
    if (this.#scratch.length < span * span) this.#scratch = new Float64Array(span * span)
    const values = this.#scratch
    const limit = radius * radius
    const core = CORE_PIXELS * scale
    let sum = 0
    for (let row = 0, i = 0; row < span; row++) {
      const dy = (top + row + 0.5 - half) * scale - y
      for (let column = 0; column < span; column++, i++) {
        const dx = (left + column + 0.5 - half) * scale - x
        let value = 0
        if (Math.abs(dx) < core && Math.abs(dy) < core) value = coreMean(brightness, dx, dy, scale)
        else if (dx * dx + dy * dy <= limit) value = brightness(dx, dy)
        values[i] = value
        sum += value
      }
    }
    if (!(sum > 0)) return
    const [g, r, z] = light
    const firstRow = Math.max(0, -top)
    const lastRow = Math.min(span, size - top)
    const firstColumn = Math.max(0, -left)
    const lastColumn = Math.min(span, size - left)
    for (let row = firstRow; row < lastRow; row++) {
      const target = (top + row) * size + left
      const source = row * span
      for (let column = firstColumn; column < lastColumn; column++) {
        const value = values[source + column]! / sum
        this.g[target + column]! += g * value
        this.r[target + column]! += r * value
        this.z[target + column]! += z * value
      }
    }
  }

  /** Adds a point of light, into the pixel that it falls into; nothing where that is outside of the field. */
  point(x: number, y: number, light: Light): void {
    const column = Math.floor(x / this.scale + this.size / 2)
    const row = Math.floor(y / this.scale + this.size / 2)
    if (column < 0 || row < 0 || column >= this.size || row >= this.size) return
    const i = row * this.size + column
    this.g[i]! += light[0]
    this.r[i]! += light[1]
    this.z[i]! += light[2]
  }

  /**
   * Dims what has been painted so far by the optical depth of dust in r; g and z follow the extinction of the
   * Milky Way in DECam's bands (A_g : A_r : A_z = 3.21 : 2.16 : 1.21, Schlafly and Finkbeiner 2011 for R_V = 3.1).
   */
  attenuate(x: number, y: number, radius: number, opticalDepth: Brightness): void {
    const { size, scale } = this
    const half = size / 2
    const top = Math.max(0, Math.floor((y - radius) / scale + half))
    const bottom = Math.min(size, Math.ceil((y + radius) / scale + half))
    const left = Math.max(0, Math.floor((x - radius) / scale + half))
    const right = Math.min(size, Math.ceil((x + radius) / scale + half))
    for (let row = top; row < bottom; row++) {
      const dy = (row + 0.5 - half) * scale - y
      for (let column = left; column < right; column++) {
        const depth = opticalDepth((column + 0.5 - half) * scale - x, dy)
        if (depth < 1e-3) continue
        const i = row * size + column
        this.g[i]! *= Math.exp((-3.21 / 2.16) * depth)
        this.r[i]! *= Math.exp(-depth)
        this.z[i]! *= Math.exp((-1.21 / 2.16) * depth)
      }
    }
  }
}

/** Mean of a profile over one pixel. */
function coreMean(brightness: Brightness, x: number, y: number, scale: number): number {
  let sum = 0
  for (let row = 0; row < CORE_SAMPLES; row++) {
    const dy = ((row + 0.5) / CORE_SAMPLES - 0.5) * scale
    for (let column = 0; column < CORE_SAMPLES; column++) {
      sum += brightness(x + ((column + 0.5) / CORE_SAMPLES - 0.5) * scale, y + dy)
    }
  }
  return sum / CORE_SAMPLES ** 2
}
