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
import type { RandomStream } from '../random/index.ts'
import { EMPTY_SKY } from '../survey/index.ts'
import { strewNeighbours } from './neighbours.ts'
import { resample } from './resample.ts'
import { develop, rimMedian } from './sky.ts'

/** Pictures whose sky is at least this bright in every channel have the pedestal already and stay as they are. */
const GREY_SKY = 20
/** Outer fraction of the old frame over which light fades. */
const TAPER = 0.12
/** Light as faint as this (8-bit units) is halved: it is mostly the old picture's noise, and the new one brings its own. */
const OLD_NOISE = 5
/** Mean gains of red, green, blue that turn the median SDSS colour into the median DECaLS colour, and their spreads. */
const GAINS = [0.93, 1, 1.12] as const
const GAIN_SPREADS = [0.07, 0.03, 0.09] as const

/** 0 at the frame's edge, 1 from `TAPER` of the side inwards, smooth between. */
function taper(index: number, side: number): number {
  const depth = Math.min(1, (Math.min(index, side - 1 - index) + 0.5) / (TAPER * side))
  return depth * depth * (3 - 2 * depth)
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
