/** The sky of a picture: how bright the old one is, and the grey, noisy one of the Legacy Surveys. */
import { RandomStream } from '../random/index.ts'
import { EMPTY_SKY, STRETCH } from '../survey/index.ts'

/** A frame shows this many pixels of the survey across, whatever the size of the picture. */
export const NATIVE_SIDE = 256
/** Standard deviation of the sky at native pixels, 8-bit units; goes with the root of the pixels' linear scale. */
const NATIVE_NOISE = 8.2
/** Sky level of an empty picture, 8-bit units: 32.4. */
const PEDESTAL = EMPTY_SKY * 255
/** Outer fraction of the frame over which the sky is measured. */
const BORDER = 0.06

/** Normal numbers to draw from: pixels need too many for an exact generator. */
const NORMALS = (() => {
  const stream = new RandomStream(0x7ab1e)
  return Float32Array.from({ length: 1 << 14 }, () => stream.normal())
})()

/** How much weaker noise is at each 8-bit brightness than in the sky: the slope of the asinh stretch there. */
const NOISE_SLOPE = (() => {
  const slope = (value: number) => 1 / Math.cosh(Math.sqrt(STRETCH.softening) * (value / 255))
  return Float32Array.from({ length: 256 }, (_, value) => slope(Math.max(value, PEDESTAL)) / slope(PEDESTAL))
})()

/** Median of each channel over the outer rim of a picture. */
export function rimMedian(source: Uint8Array, height: number, width: number): [number, number, number] {
  const rim = Math.max(1, Math.round(Math.min(height, width) * BORDER))
  const counts = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)] as const
  let total = 0
  for (let y = 0; y < height; y++) {
    const whole = y < rim || y >= height - rim
    for (let x = 0; x < width; x++) {
      if (!whole && x === rim) x = Math.max(rim, width - rim)
      const at = (y * width + x) * 3
      for (let channel = 0; channel < 3; channel++) counts[channel as 0 | 1 | 2][source[at + channel]!]!++
      total++
    }
  }
  const median = (histogram: Uint32Array) => {
    let level = 0
    for (let below = histogram[0]!; below * 2 < total; below += histogram[level]!) level++
    return level
  }
  return [median(counts[0]), median(counts[1]), median(counts[2])]
}

/**
 * Writes light over a grey, noisy sky. The noise of neighbouring pixels and of the channels is correlated, as resampled
 * and stretched pictures have it.
 */
export function develop(
  light: Float32Array,
  out: Uint8Array,
  height: number,
  width: number,
  stream: RandomStream,
): void {
  const scale = Math.min(height, width) / NATIVE_SIDE
  // Correlations measured at 256 pixels (0.8 between channels, 0.5 between neighbours) and 64 (0.4, 0.2).
  const shared = Math.min(0.85, Math.max(0.2, 0.8 + 0.2 * Math.log2(scale)))
  const spill = Math.min(0.8, Math.max(0.1, 0.8 * scale ** 0.85))
  const sigma =
    (NATIVE_NOISE * Math.sqrt(Math.min(scale, 1)) * Math.exp(0.2 * stream.normal())) / (1 + spill * spill)
  const together = sigma * Math.sqrt(shared)
  const apart = sigma * Math.sqrt(1 - shared)
  const sky = [0, 1, 2].map(() => PEDESTAL + 0.8 * stream.normal()) as [number, number, number]
  // Xorshift (Marsaglia 2003): its state must not be 0.
  let state = stream.uint32() | 1

  const line = (width + 1) * 3
  let above = new Float32Array(line)
  let current = new Float32Array(line)
  for (let y = -1; y < height; y++) {
    const held = above
    above = current
    current = held
    for (let at = 0; at < line; at += 3) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      const common = together * NORMALS[state & 0x3fff]!
      const red = NORMALS[(state >>> 14) & 0x3fff]!
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      current[at] = common + apart * red
      current[at + 1] = common + apart * NORMALS[state & 0x3fff]!
      current[at + 2] = common + apart * NORMALS[(state >>> 14) & 0x3fff]!
    }
    if (y < 0) continue
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * 3
      for (let channel = 0; channel < 3; channel++) {
        const at = x * 3 + channel
        const noise = current[at + 3]! + spill * (current[at]! + above[at + 3]!) + spill * spill * above[at]!
        const level = sky[channel as 0 | 1 | 2] + light[to + channel]!
        const bright = Math.min(255, Math.max(0, level))
        const value = level + noise * NOISE_SLOPE[bright | 0]! + 0.5
        out[to + channel] = Math.min(255, Math.max(0, value))
      }
    }
  }
}
