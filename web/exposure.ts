import { EXPOSURE_LEVELS, exposureProtocol, looksLikeLegacySurveys } from '../src/noise/index.ts'
import type { Pixels } from './picture.ts'

/** Fractions of the exposure time that the slider has: all of it, which is the picture as it is, then 1/2 to 1/32. */
export const LEVELS: readonly number[] = [1, ...EXPOSURE_LEVELS]

/** Pixels of the largest picture that noise is drawn on: the page stands still meanwhile, a tenth of a second for this one. */
export const MOST_NOISY_PIXELS = 1024 * 1024

const protocol = exposureProtocol()

/**
 * A picture as a shorter exposure would have shown it (docs/noise.md).
 *
 * @param level one of `LEVELS` below 1
 * @param seed 0 to 2³² − 1; another one draws other noise
 * @param pixelScale arcsec per pixel; default the survey's, 0.262
 */
export function expose(pixels: Pixels, level: number, seed: number, pixelScale = Number.NaN): Pixels {
  const { data, height, width } = pixels
  const out = new Uint8Array(data.length)
  protocol.apply({ pictures: data, height, width, indices: [0], pixelScales: [pixelScale], out }, level, seed)
  return { data: out, height, width }
}

/** Why noise on this picture is an illustration and no measurement, or undefined where it is one. */
export function illustrationReason({ data, height, width }: Pixels): string | undefined {
  const { accepted, sky, expectedSky, tolerance } = looksLikeLegacySurveys(data, height, width)
  if (accepted) return undefined
  const found = sky.map(Math.round).join(', ')
  return (
    'An illustration, not a measurement. The noise is that of pictures of the Legacy Surveys viewer, whose empty sky is ' +
    `a grey of ${expectedSky.toFixed(0)} ± ${tolerance}; the border of this picture has ${found} in red, green and blue. It is another survey’s, or its border shows no empty sky, from which the noise is read.`
  )
}
