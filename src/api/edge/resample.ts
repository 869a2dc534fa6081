/**
 * Reduction and enlargement of pictures as libvips does them, which is what sharp resizes with: for a picture to have the
 * same pixels where there is no libvips. Separable; rows first, each pass rounded to whole samples.
 *
 * A reduction by 4 or more averages whole blocks first, so that a factor of 2 to 4 is left; then Lanczos 3 (Duchon 1979),
 * stretched by that factor, its centre rounded to 1/64 of a pixel and its weights to 1/4096. An enlargement is bicubic
 * (Catmull-Rom), its centre rounded to 1/64. Beyond the border its pixels are repeated.
 */

type SampleArray = Uint8Array | Uint16Array | Int32Array

/** Samples of a picture: height × width × channels, row by row. */
export interface Samples<Data extends SampleArray = Uint8Array | Uint16Array> {
  readonly data: Data
  readonly height: number
  readonly width: number
  readonly channels: number
}

/** Which lines of the source make each line of the result, and with which weights: 1/4096 each, their sum is 4096. */
interface Taps {
  /** First line; may lie outside, where the border's stands for it. */
  readonly first: Int32Array
  readonly weights: readonly Int32Array[]
}

const WEIGHT_BITS = 12
const ONE = 1 << WEIGHT_BITS
const HALF = ONE / 2

/** Factor that is left to Lanczos after whole blocks were averaged, at least. */
const GAP = 2

const LOBES = 3

/** Steps to which the place of a line between two others is rounded. */
const STEPS = 64

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

const lanczos = (x: number): number => (Math.abs(x) >= LOBES ? 0 : sinc(x) * sinc(x / LOBES))

/** Whole weights, each towards 0, as libvips stores them. */
function wholeWeights(weights: readonly number[]): Int32Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return Int32Array.from(weights, (weight) => Math.trunc((weight / total) * ONE))
}

/**
 * @param side lines of the source
 * @param factor lines of the source for one of the result, at least 1
 */
function lanczosTaps(side: number, outSide: number, factor: number): Taps {
  const count = 2 * Math.round(LOBES * factor) + 1
  const extra = outSide * factor - side
  const offset = (1 + extra) / 2 - 1
  const weights = (at: number) =>
    Array.from({ length: count }, (_, tap) => lanczos((tap - (at + count / 2 - 1)) / factor))
  return place(outSide, Math.ceil(count / 2) - 1, weights, (line) => (line + 0.5) * factor - 0.5 - offset)
}

/**
 * @param before lines that the first tap lies before the line at or before the centre
 * @param weightsAt weights where the centre lies so far, 0 to 1, behind a line
 * @param centre place of a line of the result among those of the source
 */
function place(
  outSide: number,
  before: number,
  weightsAt: (at: number) => readonly number[],
  centre: (line: number) => number,
): Taps {
  const first = new Int32Array(outSide)
  const known = new Map<number, Int32Array>()
  const weights: Int32Array[] = []
  for (let line = 0; line < outSide; line++) {
    const at = centre(line)
    const whole = Math.floor(at)
    first[line] = whole - before
    const step = (Math.floor((at - whole) * 2 * STEPS) + 1) >> 1
    const found = known.get(step) ?? wholeWeights(weightsAt(step / STEPS))
    known.set(step, found)
    weights.push(found)
  }
  return { first, weights }
}

/**
 * Averages blocks of `factor` rows; the last may lack rows, and its last is repeated. Sums are multiplied with the reciprocal of
 * the factor, cut to 24 bits, so that some means come out one too low.
 */
function averageRows({ data, height, width, channels }: Samples, factor: number): Samples {
  const line = width * channels
  const outHeight = Math.ceil(height / factor)
  const out = emptyLike(data, outHeight * line)
  const share = reciprocal(factor)
  const sums = new Int32Array(line)
  for (let y = 0; y < outHeight; y++) {
    sums.fill(factor >> 1)
    for (let row = 0; row < factor; row++) {
      const from = inside(y * factor + row, height) * line
      for (let x = 0; x < line; x++) sums[x] = (sums[x]! + data[from + x]!) | 0
    }
    for (let x = 0; x < line; x++) out[y * line + x] = sums[x]! * share
  }
  return { data: out, height: outHeight, width, channels }
}

/** As `averageRows`, along the rows. */
function averageColumns({ data, height, width, channels }: Samples, factor: number): Samples {
  const outWidth = Math.ceil(width / factor)
  const out = emptyLike(data, height * outWidth * channels)
  const share = reciprocal(factor)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++) {
      for (let channel = 0; channel < channels; channel++, at++) {
        let sum = factor >> 1
        for (let column = 0; column < factor; column++)
          sum += data[(y * width + inside(x * factor + column, width)) * channels + channel]!
        out[at] = sum * share
      }
    }
  }
  return { data: out, height, width: outWidth, channels }
}

/** Products with a whole number are exact, and an array of whole numbers keeps what lies before their point. */
const reciprocal = (factor: number): number => Math.floor(2 ** 24 / factor) / 2 ** 24

const emptyLike = (data: Samples['data'], length: number): Samples['data'] =>
  data instanceof Uint8Array ? new Uint8Array(length) : new Uint16Array(length)

/** Values that an array of samples can hold. */
function rangeOf(data: SampleArray): readonly [least: number, most: number] {
  if (data instanceof Int32Array) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  return [0, data instanceof Uint8Array ? 255 : 65535]
}

/** @param out what becomes of the columns: the source's height × as many lines as there are taps × channels */
function applyToColumns<Data extends SampleArray>(
  { data, height, width, channels }: Samples,
  { first, weights }: Taps,
  out: Data,
): Samples<Data> {
  const outWidth = weights.length
  const [least, most] = rangeOf(out)
  for (const [x, weight] of weights.entries()) {
    const places = Int32Array.from(weight, (_, tap) => inside(first[x]! + tap, width) * channels)
    for (let y = 0; y < height; y++) {
      const row = y * width * channels
      const to = (y * outWidth + x) * channels
      for (let channel = 0; channel < channels; channel++) {
        let sum = HALF
        for (let tap = 0; tap < weight.length; tap++)
          sum = (sum + Math.imul(weight[tap]!, data[row + places[tap]! + channel]!)) | 0
        const value = sum >> WEIGHT_BITS
        out[to + channel] = value < least ? least : value > most ? most : value
      }
    }
  }
  return { data: out, height, width: outWidth, channels }
}

/** @param out as many rows as there are taps, each as long as the source's */
function applyToRows<Data extends Samples['data']>(
  { data, height, width, channels }: Samples<SampleArray>,
  { first, weights }: Taps,
  out: Data,
): Samples<Data> {
  const line = width * channels
  const [least, most] = rangeOf(out)
  const sums = new Int32Array(line)
  for (const [y, weight] of weights.entries()) {
    const row = (tap: number) => {
      const from = inside(first[y]! + tap, height) * line
      return data.subarray(from, from + line)
    }
    sums.fill(HALF)
    for (let tap = 0; tap < weight.length; tap += 4)
      addFour(sums, (at) => row(tap + at), weight.subarray(tap, tap + 4))
    for (let x = 0; x < line; x++) {
      const value = sums[x]! >> WEIGHT_BITS
      out[y * line + x] = value < least ? least : value > most ? most : value
    }
  }
  return { data: out, height: weights.length, width, channels }
}

/**
 * Adds rows four at a time, each times its weight: sums are then fetched and stored a quarter as often, which is what takes time.
 * Rows that four lack weigh nothing.
 */
function addFour(sums: Int32Array, row: (at: number) => SampleArray, weights: Int32Array): void {
  const [a = 0, b = 0, c = 0, d = 0] = weights
  const [rowA, rowB, rowC, rowD] = [row(0), row(1), row(2), row(3)]
  const { length } = sums
  for (let x = 0; x < length; x++)
    sums[x] =
      (sums[x]! +
        Math.imul(a, rowA[x]!) +
        Math.imul(b, rowB[x]!) +
        Math.imul(c, rowC[x]!) +
        Math.imul(d, rowD[x]!)) |
      0
}

const inside = (line: number, side: number): number => Math.min(Math.max(line, 0), side - 1)

/**
 * Reduces a picture by one factor on both sides.
 *
 * @param factor at least 1; sides become side/factor, rounded, which must be 1 or more
 */
export function reduce(source: Samples, factor: number): Samples {
  const { data, channels } = source
  const height = Math.round(source.height / factor)
  const width = Math.round(source.width / factor)
  const blockHeight = Math.max(1, Math.floor(source.height / height / GAP))
  const shorter = blockHeight > 1 ? averageRows(source, blockHeight) : source
  const down = lanczosTaps(source.height / blockHeight, height, factor / blockHeight)
  const low = applyToRows(shorter, down, emptyLike(data, height * source.width * channels))
  const blockWidth = Math.max(1, Math.floor(source.width / width / GAP))
  const slimmer = blockWidth > 1 ? averageColumns(low, blockWidth) : low
  const across = lanczosTaps(source.width / blockWidth, width, factor / blockWidth)
  return applyToColumns(slimmer, across, emptyLike(data, height * width * channels))
}

/** Weights of the four lines around a place, `at` of the way from the second to the third (Catmull and Rom 1974). */
const catmullRom = (at: number): number[] => [
  (2 * at ** 2 - at ** 3 - at) / 2,
  (3 * at ** 3 - 5 * at ** 2 + 2) / 2,
  (4 * at ** 2 - 3 * at ** 3 + at) / 2,
  (at ** 3 - at ** 2) / 2,
]

const cubicTaps = (from: number, count: number, factor: number): Taps =>
  place(count, 1, catmullRom, (line) => (from + line) * factor - 0.5)

/** The rows that taps reach, and the taps for these. */
function rowsFor({ data, height, width, channels }: Samples, { first, weights }: Taps): [Samples, Taps] {
  const from = inside(first[0]!, height)
  const to = inside(first.at(-1)! + weights.at(-1)!.length - 1, height) + 1
  const rows = data.subarray(from * width * channels, to * width * channels)
  return [
    { data: rows, height: to - from, width, channels },
    { first: first.map((row) => row - from), weights },
  ]
}

/** A part of a picture, in pixels. */
export interface Part {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/**
 * Enlarges a picture by one factor on both sides, and makes no more of the result than a part: of a picture of one row all of it
 * would be a million times as many pixels.
 *
 * @param factor above 0 and below 1; sides of the whole result are side/factor, rounded
 */
export function enlarge(source: Samples, factor: number, { top, left, height, width }: Part): Samples {
  const [rows, down] = rowsFor(source, cubicTaps(top, height, factor))
  const size = rows.height * width * source.channels
  const wide = applyToColumns(rows, cubicTaps(left, width, factor), new Int32Array(size))
  return applyToRows(wide, down, emptyLike(source.data, height * width * source.channels))
}
