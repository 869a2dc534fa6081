/**
 * Redraws a picture of one survey so that it looks as if another had taken it: SDSS pictures (black sky, red, galaxies
 * that fill the frame) as the Legacy Surveys show Galaxy10 DECaLS (grey, noisy sky, smaller galaxies, neighbours). A
 * network trained on both looks does far better on genuine DECaLS pictures than one that knows SDSS only.
 *
 * It is an imitation in the space of the picture, not of light: the sky's level is taken off; what is left is made
 * smaller and tapers off at its frame; colours and brightness vary; small sources are strewn about; then come the grey
 * pedestal of the stretch (`src/survey`) and noise that weakens where the stretch is flat. The constants below were
 * matched to the medians and spreads that 496 genuine Galaxy10 DECaLS pictures show at 64 and 256 pixels.
 */
import { RandomStream } from '../random/index.ts'
import { EMPTY_SKY, STRETCH } from '../survey/index.ts'
import { resample } from './resample.ts'

/** A frame shows this many pixels of the survey across, whatever the size of the picture. */
const NATIVE_SIDE = 256
/** Standard deviation of the sky at native pixels, 8-bit units; goes with the root of the pixels' linear scale. */
const NATIVE_NOISE = 8.2
/** Sky level of an empty picture, 8-bit units: 32.4. */
const PEDESTAL = EMPTY_SKY * 255
/** Pictures whose sky is at least this bright in every channel have the pedestal already and stay as they are. */
const GREY_SKY = 20
/** Outer fraction of the old frame over which light fades, and over which its sky is measured. */
const TAPER = 0.12
const BORDER = 0.06
/** Light as faint as this (8-bit units) is halved: it is mostly the old picture's noise, and the new one brings its own. */
const OLD_NOISE = 5
/** Mean number of small sources in a frame. */
const NEIGHBOURS = 20
/** Central part of the frame (distance over side) that is kept free of them. */
const CLEAR_RADIUS = 0.1
/** Mean gains of red, green, blue that turn the median SDSS colour into the median DECaLS colour, and their spreads. */
const GAINS = [0.93, 1, 1.12] as const
const GAIN_SPREADS = [0.07, 0.03, 0.09] as const

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
function rimMedian(source: Uint8Array, height: number, width: number): [number, number, number] {
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

/** 0 at the frame's edge, 1 from `TAPER` of the side inwards, smooth between. */
function taper(index: number, side: number): number {
  const depth = Math.min(1, (Math.min(index, side - 1 - index) + 0.5) / (TAPER * side))
  return depth * depth * (3 - 2 * depth)
}

/** Adds a round source of Gaussian profile. */
function addSource(
  light: Float32Array,
  height: number,
  width: number,
  y: number,
  x: number,
  sigma: number,
  peak: readonly [number, number, number],
): void {
  const reach = 3 * sigma
  const rows = [Math.max(0, Math.ceil(y - reach)), Math.min(height - 1, Math.floor(y + reach))] as const
  const columns = [Math.max(0, Math.ceil(x - reach)), Math.min(width - 1, Math.floor(x + reach))] as const
  for (let row = rows[0]; row <= rows[1]; row++) {
    for (let column = columns[0]; column <= columns[1]; column++) {
      const profile = Math.exp(-((row - y) ** 2 + (column - x) ** 2) / (2 * sigma * sigma))
      const at = (row * width + column) * 3
      for (let channel = 0; channel < 3; channel++)
        light[at + channel]! += profile * peak[channel as 0 | 1 | 2]
    }
  }
}

/** Stars and small galaxies: many faint, few bright. */
function strewNeighbours(light: Float32Array, height: number, width: number, stream: RandomStream): void {
  const side = Math.min(height, width)
  const count = stream.poisson(NEIGHBOURS)
  for (let neighbour = 0; neighbour < count; neighbour++) {
    const y = stream.uniform() * height
    const x = stream.uniform() * width
    const sigma = (side / NATIVE_SIDE) * (1.5 + 2.2 * stream.uniform() ** 2)
    const peak = Math.min(180, 13 / (1 - stream.uniform()) ** 0.85)
    // Most are red dwarfs and distant galaxies.
    const tint = Math.min(0.9, Math.max(-0.9, 0.25 + 0.45 * stream.normal()))
    if (Math.hypot(y - height / 2, x - width / 2) < CLEAR_RADIUS * side) continue
    addSource(light, height, width, y, x, Math.max(0.55, sigma), [peak * (1 + tint), peak, peak * (1 - tint)])
  }
}

/**
 * Writes light over a grey, noisy sky. The noise of neighbouring pixels and of the channels is correlated, as resampled
 * and stretched pictures have it.
 */
function develop(
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

/**
 * Redraws one picture.
 *
 * @param source height × width × 3, sky at the rim
 * @param out the same size, another array
 * @param scratch two arrays at least as long as the picture
 * @returns whether it was redrawn: a picture whose sky is grey already is copied
 */
export function redraw(
  source: Uint8Array,
  out: Uint8Array,
  height: number,
  width: number,
  stream: RandomStream,
  scratch: readonly [Float32Array, Float32Array],
): boolean {
  const sky = rimMedian(source, height, width)
  if (Math.min(...sky) >= GREY_SKY) {
    out.set(source)
    return false
  }
  const [small, light] = scratch
  const shrink = 0.35 + 0.7 * stream.uniform()
  const inner = Math.min(1, shrink)
  const rows = Math.max(1, Math.round(height * inner))
  const columns = Math.max(1, Math.round(width * inner))
  const shown = Math.min(1, 1 / shrink)
  const box = {
    top: (height * (1 - shown)) / 2,
    left: (width * (1 - shown)) / 2,
    height: height * shown,
    width: width * shown,
  }
  resample(source, height, width, box, small, rows, columns)

  const gain = (1.1 + 0.6 * stream.uniform()) * (1 - EMPTY_SKY)
  const gains = GAINS.map((mean, channel) => gain * mean * Math.exp(GAIN_SPREADS[channel]! * stream.normal()))
  // A little off the centre, but whole.
  const offset = (room: number) => Math.round(Math.min(room / 2, 0.02 * height * stream.normal()) + room / 2)
  const top = Math.max(0, offset(height - rows))
  const left = Math.max(0, offset(width - columns))
  light.fill(0, 0, height * width * 3)
  const columnTapers = Float32Array.from({ length: columns }, (_, x) => (shrink < 1 ? taper(x, columns) : 1))
  for (let y = 0; y < rows; y++) {
    const rowTaper = shrink < 1 ? taper(y, rows) : 1
    let from = y * columns * 3
    let to = ((top + y) * width + left) * 3
    for (let x = 0; x < columns; x++, from += 3, to += 3) {
      const red = small[from]! - sky[0]
      const green = small[from + 1]! - sky[1]
      const blue = small[from + 2]! - sky[2]
      const power = ((red + green + blue) / 3) ** 2
      const weight = (rowTaper * columnTapers[x]! * power) / (power + OLD_NOISE ** 2)
      light[to] = weight * gains[0]! * red
      light[to + 1] = weight * gains[1]! * green
      light[to + 2] = weight * gains[2]! * blue
    }
  }
  strewNeighbours(light, height, width, stream)
  develop(light, out, height, width, stream)
  return true
}
