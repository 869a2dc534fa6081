import { EMPTY_SKY } from '../survey/index.ts'
import { borderPixels, histogramMedian } from './border.ts'

/** Median of each channel, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number]

/** Whether pictures look like the Legacy Surveys', and what that was read from. */
export interface LegacyLook {
  readonly accepted: boolean
  /** Pictures looked at. */
  readonly pictures: number
  /** Of these, the share whose border is of the grey of empty sky, 0 to 1, and the share that accepting takes. */
  readonly share: number
  readonly requiredShare: number
  /** Median over the pictures of their border's median, 0 to 255. */
  readonly sky: Colour
  /** The grey of empty sky, 32.4 in all channels, and how far from it a channel may lie. */
  readonly expectedSky: number
  readonly tolerance: number
}

/** Levels of 255: 99 % of 596 genuine pictures, as of their copies at 32 and 64 pixels, lie within. */
const TOLERANCE = 6
const REQUIRED_SHARE = 0.8

/**
 * Whether pictures have the stretch of the Legacy Surveys viewer, judged by the sky in their borders: its pedestal makes
 * empty sky a grey that neither SDSS pictures (nearly black), nor those that Galaxy Zoo drew of the same survey (16), nor
 * photographs have. A picture counts where the median of each channel over a border of one sixteenth of its width lies
 * within 6 of 32.4; four in five must.
 *
 * @param pictures uint8, n × height × width × 3; a sample of some 200 will do
 * @example
 * const { accepted, sky, share } = looksLikeLegacySurveys(pictures, 256, 256)
 */
export function looksLikeLegacySurveys(pictures: Uint8Array, height: number, width: number): LegacyLook {
  const border = borderPixels(height, width)
  const size = 3 * height * width
  const skies: Colour[] = []
  for (let start = 0; start < pictures.length; start += size) {
    skies.push(borderColour(pictures.subarray(start, start + size), border))
  }
  const expectedSky = 255 * EMPTY_SKY
  const grey = skies.filter((sky) => sky.every((value) => Math.abs(value - expectedSky) <= TOLERANCE))
  const share = skies.length === 0 ? 0 : grey.length / skies.length
  return {
    accepted: share >= REQUIRED_SHARE,
    pictures: skies.length,
    share,
    requiredShare: REQUIRED_SHARE,
    sky: [0, 1, 2].map((channel) => median(skies.map((sky) => sky[channel]!))) as unknown as Colour,
    expectedSky,
    tolerance: TOLERANCE,
  }
}

function borderColour(picture: Uint8Array, border: Uint32Array): Colour {
  const channelMedian = (channel: number) => {
    const counts = new Uint32Array(256)
    for (const position of border) counts[picture[3 * position + channel]!]!++
    return histogramMedian(counts, border.length)
  }
  return [channelMedian(0), channelMedian(1), channelMedian(2)]
}

/** NaN of none. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
