import { magnitudeOf, unstretch } from '../../src/survey/index.ts'

/** Figures of one picture of 256 pixels; channels are red, green, blue, values 0 to 255. */
export interface PictureFigures {
  /** Medians of the border, one sixteenth of the width on each side. */
  readonly sky: readonly number[]
  /** 1.4826 times the median absolute deviation of the border, at 256 pixels and after averaging to 64. */
  readonly noise: readonly number[]
  readonly noise64: readonly number[]
  /** Correlation of the sky's noise between neighbours in green, and between red and blue. */
  readonly neighbourCorrelation: number
  readonly channelCorrelation: number
  /** Brightness that the brightest five per cent of the border exceed: stars and other galaxies. */
  readonly brightBorder: number
  /** Radius of half the light in r within 60 pixels of the centre, pixels. */
  readonly halfLight: number
  /** Magnitude in r and colours within 30 pixels of the centre. */
  readonly magnitude: number
  readonly gr: number
  readonly rz: number
}

const SIZE = 256
const APERTURE = 30
const OUTER = 60

export function measurePicture(picture: Uint8Array): PictureFigures {
  const channels = [0, 1, 2].map((channel) => borderOf(picture, SIZE, channel))
  const small = average(picture, SIZE, 4)
  const sky = channels.map((values) => binnedMedian(values))
  const noise = channels.map((values, channel) => binnedDeviation(values, sky[channel]!))
  const noise64 = [0, 1, 2].map((channel) => {
    const values = borderOf(small, SIZE / 4, channel)
    return binnedDeviation(values, binnedMedian(values))
  })
  const mean = channels[0]!.map((_, i) => (channels[0]![i]! + channels[1]![i]! + channels[2]![i]!) / 3)
  mean.sort()
  return {
    sky,
    noise,
    noise64,
    neighbourCorrelation: neighbourCorrelation(picture, sky[1]!, noise[1]!),
    channelCorrelation: channelCorrelation(channels[0]!, channels[2]!, sky, noise),
    brightBorder: mean[Math.floor(0.95 * mean.length)]!,
    ...photometry(picture),
  }
}

function photometry(picture: Uint8Array): Pick<PictureFigures, 'halfLight' | 'magnitude' | 'gr' | 'rz'> {
  const flux = unstretch(Float64Array.from(picture).map((value) => value / 255))
  const bands = [flux.g, flux.r, flux.z].map((plane) => {
    const border = borderOf(plane, SIZE, 0, 1).sort()
    const background = border[border.length >> 1]!
    return plane.map((value) => value - background)
  })
  const apertures = [0, 0, 0]
  const growth = new Float64Array(OUTER)
  for (let row = 0, i = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++, i++) {
      const radius = Math.hypot(row + 0.5 - SIZE / 2, column + 0.5 - SIZE / 2)
      if (radius < OUTER) growth[Math.floor(radius)]! += bands[1]![i]!
      if (radius < APERTURE) for (const band of [0, 1, 2]) apertures[band]! += bands[band]![i]!
    }
  }
  const half = growth.reduce((sum, value) => sum + value, 0) / 2
  let inside = 0
  let ring = 0
  while (ring < OUTER - 1 && inside + growth[ring]! < half) inside += growth[ring++]!
  const [g, r, z] = apertures.map((value) => magnitudeOf(Math.max(1e-3, value))) as [number, number, number]
  return { halfLight: ring + (half - inside) / growth[ring]!, magnitude: r, gr: g - r, rz: r - z }
}

/** Values of one channel in the border, a sixteenth of the width on each side. */
function borderOf(values: ArrayLike<number>, size: number, channel: number, channels = 3): Float64Array {
  const width = size / 16
  const border = new Float64Array(size * size - (size - 2 * width) ** 2)
  let filled = 0
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const inside = row >= width && row < size - width && column >= width && column < size - width
      if (!inside) border[filled++] = values[(row * size + column) * channels + channel]!
    }
  }
  return border
}

/** Median of whole numbers from 0 to 255, each taken as spread over the unit around it, so that it is not a step. */
function binnedMedian(values: Float64Array): number {
  const counts = new Float64Array(256)
  for (const value of values) counts[value]!++
  let below = 0
  let value = 0
  while (below + counts[value]! < values.length / 2) below += counts[value++]!
  return value - 0.5 + (values.length / 2 - below) / counts[value]!
}

function binnedDeviation(values: Float64Array, median: number): number {
  return 1.4826 * binnedMedian(values.map((value) => Math.round(Math.abs(value - median))))
}

function average(picture: Uint8Array, size: number, factor: number): Uint8Array {
  const small = size / factor
  const sums = new Float64Array(small * small * 3)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const target = (Math.floor(row / factor) * small + Math.floor(column / factor)) * 3
      for (let channel = 0; channel < 3; channel++) {
        sums[target + channel]! += picture[(row * size + column) * 3 + channel]!
      }
    }
  }
  return Uint8Array.from(sums, (sum) => Math.round(sum / factor ** 2))
}

/** Correlation of green between pixels side by side at the top of the picture, within three deviations of the sky. */
function neighbourCorrelation(picture: Uint8Array, sky: number, noise: number): number {
  let product = 0
  let square = 0
  for (let row = 0; row < SIZE / 8; row++) {
    for (let column = 0; column + 1 < SIZE; column++) {
      const left = picture[(row * SIZE + column) * 3 + 1]! - sky
      const right = picture[(row * SIZE + column + 1) * 3 + 1]! - sky
      if (Math.abs(left) > 3 * noise || Math.abs(right) > 3 * noise) continue
      product += left * right
      square += (left * left + right * right) / 2
    }
  }
  return product / square
}

function channelCorrelation(
  red: Float64Array,
  blue: Float64Array,
  sky: readonly number[],
  noise: readonly number[],
): number {
  let product = 0
  let redSquare = 0
  let blueSquare = 0
  for (let i = 0; i < red.length; i++) {
    const r = red[i]! - sky[0]!
    const b = blue[i]! - sky[2]!
    if (Math.abs(r) > 3 * noise[0]! || Math.abs(b) > 3 * noise[2]!) continue
    product += r * b
    redSquare += r * r
    blueSquare += b * b
  }
  return product / Math.sqrt(redSquare * blueSquare)
}
