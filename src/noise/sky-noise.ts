import { STRETCH } from '../survey/index.ts'
import { histogramMedian } from './border.ts'
import { UNSTRETCH_FACTORS } from './stretch-tables.ts'

/** Of a normal distribution, the standard deviation to the median absolute deviation. */
const DEVIATION_TO_MAD = 1.4826

/** Bins a unit of t: a thirtieth of a grey level of the sky, a two-hundredth of its usual noise. */
const BINS = 2 ** 15
/** Largest t of 8-bit pixels, in saturated ones: 2.19. */
const LARGEST = 2.2

const counts = new Uint32Array(Math.ceil(LARGEST * BINS))
const SCALES = [STRETCH.scales.z, STRETCH.scales.r, STRETCH.scales.g] as const

/**
 * Standard deviation of the sky in each band: 1.4826 times the median absolute deviation of the flux in the border, which
 * stars and outskirts hardly move. 0 where half of the border or more is of one value: no noise can be measured there.
 *
 * @param picture interleaved red, green, blue
 * @param border positions of its pixels
 * @returns for red (z), green (r), blue (g): nanomaggies per native pixel, to 1.4826 · 2⁻¹⁵ / s_b
 */
export function skyDeviations(picture: Uint8Array, border: Uint32Array): [z: number, r: number, g: number] {
  const deviation = (channel: 0 | 1 | 2) =>
    (DEVIATION_TO_MAD * medianDeviation(picture, border, channel)) / SCALES[channel]
  return [deviation(0), deviation(1), deviation(2)]
}

/** Median absolute deviation of t in one channel, by a histogram: sorting would take longer than the noise. */
function medianDeviation(picture: Uint8Array, border: Uint32Array, channel: number): number {
  let last = 0
  for (let i = 0; i < border.length; i++) {
    const at = 3 * border[i]!
    const factor = UNSTRETCH_FACTORS[picture[at]! + picture[at + 1]! + picture[at + 2]!]!
    const bin = (picture[at + channel]! * factor * BINS) | 0
    counts[bin]!++
    if (bin > last) last = bin
  }
  const median = histogramMedian(counts, border.length)
  let reach = 0
  for (let within = counts[median]!; 2 * within < border.length; ) {
    reach++
    within += (counts[median - reach] ?? 0) + (counts[median + reach] ?? 0)
  }
  counts.fill(0, 0, last + 1)
  return reach / BINS
}
