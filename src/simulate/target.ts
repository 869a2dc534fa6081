import type { RandomStream } from '../random/index.ts'
import { around, logAround } from './draws.ts'

/** Where the galaxy in the middle of a picture is, how large and how bright. */
export interface Target {
  /** Offset from the centre of the field, arcsec. */
  readonly x: number
  readonly y: number
  /** Half-light radius along the long axis before the atmosphere, arcsec. */
  readonly halfLight: number
  /** Total magnitude in r. */
  readonly magnitude: number
}

/**
 * Draws size and brightness: a log-normal half-light radius, and a magnitude by way of the mean surface brightness
 * inside it, which varies far less among galaxies than their magnitudes do.
 * @param medianHalfLight arcsec
 * @param surfaceBrightness mean inside the half-light ellipse in r, magnitudes per square arcsec, if seen from above
 */
export function drawTarget(
  random: RandomStream,
  medianHalfLight: number,
  surfaceBrightness: number,
  scatter = 0.35,
): Target {
  const halfLight = Math.min(13, Math.max(0.9, logAround(random, medianHalfLight, scatter)))
  const brightness = around(random, surfaceBrightness, 0.4)
  return {
    x: around(random, 0, 0.25),
    y: around(random, 0, 0.25),
    halfLight,
    magnitude: Math.max(15.2, brightness - 2.5 * Math.log10(2 * Math.PI * halfLight * halfLight)),
  }
}
