import { PureGalaxyError } from '../errors.ts'

/**
 * How the viewer of the Legacy Surveys turns flux into colour. With F_b the flux of a pixel (nanomaggies at 0.262″),
 * s_b the scale of its band and m a pedestal:
 *
 *     t_b = F_b s_b + m        I = mean_b max(0, t_b)        f = asinh(Q I) / sqrt(Q)        rgb_b = clip(t_b f / I, 0, 1)
 *
 * after Lupton et al. 2004 (PASP 116, 133), with red from z, green from r and blue from g. While no channel is clipped
 * the mean S of the channels equals f, which gives the inverse:
 *
 *     I = sinh(sqrt(Q) S) / Q        F_b = (rgb_b I / S − m) / s_b
 */
export const STRETCH = { softening: 20, pedestal: 0.03, scales: { g: 6.0, r: 3.4, z: 2.2 } } as const

const Q = STRETCH.softening
const SQRT_Q = Math.sqrt(Q)
const M = STRETCH.pedestal
const { g: SCALE_G, r: SCALE_R, z: SCALE_Z } = STRETCH.scales

/** Value of all three channels, 0 to 1, where there is no light: 32.4/255. */
export const EMPTY_SKY = Math.asinh(Q * M) / SQRT_Q

const clip = (value: number) => Math.min(1, Math.max(0, value))

/**
 * Stretches planes of flux into a picture, interleaved red, green, blue from z, r, g.
 *
 * Flux is surface brightness per native pixel of 0.262″: a picture with larger pixels takes the mean over the native
 * pixels that each covers, not the sum. A pixel without positive light in any band is black.
 *
 * @param g,r,z flux in nanomaggies per native pixel, n values each
 * @param out receives 3 n values, 0 to 1
 * @throws `survey.shape` where the lengths do not fit
 * @example
 * stretchToRgb(new Float32Array(1), new Float32Array(1), new Float32Array(1)) // 0.127 thrice: empty sky
 */
export function stretchToRgb<T extends Float32Array | Float64Array>(
  g: ArrayLike<number>,
  r: ArrayLike<number>,
  z: ArrayLike<number>,
  out: T,
): T {
  checkLengths(g, r, z, out)
  for (let i = 0, o = 0; i < g.length; i++, o += 3) {
    const red = z[i]! * SCALE_Z + M
    const green = r[i]! * SCALE_R + M
    const blue = g[i]! * SCALE_G + M
    const factor = factorOf(red, green, blue)
    out[o] = clip(red * factor)
    out[o + 1] = clip(green * factor)
    out[o + 2] = clip(blue * factor)
  }
  return out
}

/**
 * As `stretchToRgb`, to 8 bits, as the viewer writes its pictures.
 * @param out receives 3 n values, 0 to 255, rounded
 * @throws `survey.shape` where the lengths do not fit
 */
export function stretchToBytes(
  g: ArrayLike<number>,
  r: ArrayLike<number>,
  z: ArrayLike<number>,
  out: Uint8Array,
): Uint8Array {
  checkLengths(g, r, z, out)
  for (let i = 0, o = 0; i < g.length; i++, o += 3) {
    const red = z[i]! * SCALE_Z + M
    const green = r[i]! * SCALE_R + M
    const blue = g[i]! * SCALE_G + M
    const factor = 255 * factorOf(red, green, blue)
    out[o] = Math.min(255, Math.max(0, red * factor + 0.5))
    out[o + 1] = Math.min(255, Math.max(0, green * factor + 0.5))
    out[o + 2] = Math.min(255, Math.max(0, blue * factor + 0.5))
  }
  return out
}

function factorOf(red: number, green: number, blue: number): number {
  return stretchFactor((Math.max(0, red) + Math.max(0, green) + Math.max(0, blue)) / 3)
}

/** f / I: what t_b is multiplied by where the mean of the positive t is `intensity`; 0 where no channel has light. */
export function stretchFactor(intensity: number): number {
  return intensity > 0 ? Math.asinh(Q * intensity) / (SQRT_Q * intensity) : 0
}

/** I / S: what a channel is multiplied by to give t_b, where `mean` (0 to 1) is that of the channels; 0 in black. */
export function unstretchFactor(mean: number): number {
  return mean > 0 ? Math.sinh(SQRT_Q * mean) / (Q * mean) : 0
}

/** Planes of flux, nanomaggies per native pixel. */
export interface FluxPlanes {
  readonly g: Float64Array
  readonly r: Float64Array
  readonly z: Float64Array
}

/**
 * Undoes the stretch: exact to rounding where no channel was clipped. A channel at 0 or at 1 is only a bound; a pixel
 * that is black in all three gives the flux whose stretch begins there, −m / s_b.
 *
 * @param rgb 3 n values, 0 to 1, interleaved (divide 8-bit pictures by 255)
 * @returns flux in nanomaggies per native pixel of 0.262″, n values a band
 * @throws `survey.shape` unless the length is a multiple of three
 */
export function unstretch(rgb: ArrayLike<number>): FluxPlanes {
  if (rgb.length % 3 !== 0) {
    throw new PureGalaxyError(
      'survey.shape',
      `A picture has ${rgb.length} values; expected a multiple of three, interleaved red, green, blue.`,
    )
  }
  const n = rgb.length / 3
  const planes = { g: new Float64Array(n), r: new Float64Array(n), z: new Float64Array(n) }
  for (let i = 0, o = 0; i < n; i++, o += 3) {
    const factor = unstretchFactor((rgb[o]! + rgb[o + 1]! + rgb[o + 2]!) / 3)
    planes.z[i] = (rgb[o]! * factor - M) / SCALE_Z
    planes.r[i] = (rgb[o + 1]! * factor - M) / SCALE_R
    planes.g[i] = (rgb[o + 2]! * factor - M) / SCALE_G
  }
  return planes
}

function checkLengths(
  g: ArrayLike<number>,
  r: ArrayLike<number>,
  z: ArrayLike<number>,
  out: ArrayLike<number>,
): void {
  if (r.length === g.length && z.length === g.length && out.length === 3 * g.length) return
  throw new PureGalaxyError(
    'survey.shape',
    `Planes g, r, z have ${g.length}, ${r.length} and ${z.length} pixels and the picture ${out.length} values; ` +
      'expected equal planes and three values a pixel.',
  )
}
