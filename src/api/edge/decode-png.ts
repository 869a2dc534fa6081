import { inflate } from './inflate.ts'
import { chunkData, isCritical, type PngChunk, pngChunks } from './png-chunks.ts'
import type { Samples } from './resample.ts'

/** Channels by colour type: grey, RGB, palette, grey with alpha, RGBA. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** Bits a sample by colour type. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
}

/** Passes of Adam7: first column, first row, steps between columns and rows. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

interface Header {
  readonly width: number
  readonly height: number
  /** Bits a sample. */
  readonly depth: number
  readonly colourType: number
  readonly interlaced: boolean
}

/** What is needed of a PNG file. */
interface Content {
  readonly header: Header
  readonly passes: readonly Pass[]
  /** Filtered lines, pass by pass. */
  readonly lines: Uint8Array
  readonly palette: Uint8Array | undefined
  readonly transparency: Uint8Array | undefined
}

/**
 * Decodes a PNG file (ISO/IEC 15948): every colour type, depth and interlacing. No more is inflated than the picture has,
 * whatever the file holds.
 *
 * @returns 1 to 4 channels (grey, grey with alpha, RGB, RGBA); a palette becomes RGB, transparency alpha; of 16 bits where
 *   the file has 16, else of 8
 * @throws Error that says what is wrong with the file
 */
export async function decodePng(bytes: Uint8Array): Promise<Samples> {
  const { header, passes, lines, palette, transparency } = await readContent(bytes)
  const pixelBytes = Math.max(1, (CHANNELS[header.colourType]! * header.depth) >> 3)
  const samples = emptySamples(header)
  let at = 0
  for (const pass of passes) {
    removeFilters(lines.subarray(at, at + pass.rows * (1 + pass.lineBytes)), pass, pixelBytes)
    placePixels(lines.subarray(at), pass, header, samples)
    at += pass.rows * (1 + pass.lineBytes)
  }
  if (header.colourType === 3) return fromPalette(samples, palette, transparency)
  const spread = spreadDepth(samples, header.depth)
  return transparency === undefined || header.colourType > 2
    ? spread
    : addAlpha(samples, spread, transparency)
}

/** Reads a file in one go, keeping nothing of chunks that no pixel hangs on. */
async function readContent(bytes: Uint8Array): Promise<Content> {
  const chunks = pngChunks(bytes)
  const header = readHeader(bytes, chunks.next().value)
  const passes = passesOf(header)
  const length = passes.reduce((sum, { rows, lineBytes }) => sum + rows * (1 + lineBytes), 0)
  const deflated = new Uint8Array(bytes.length)
  let held = 0
  let palette: Uint8Array | undefined
  let transparency: Uint8Array | undefined
  for (const chunk of chunks) {
    // Pixels lie in chunks that follow each other.
    if (chunk.type === 'IEND' || (held > 0 && chunk.type !== 'IDAT')) break
    if (chunk.type === 'IDAT') {
      deflated.set(chunkData(bytes, chunk), held)
      held += chunk.end - chunk.start
    } else if (chunk.type === 'PLTE') palette ??= chunkData(bytes, chunk)
    else if (chunk.type === 'tRNS') transparency ??= chunkData(bytes, chunk)
    else if (isCritical(chunk)) throw new Error(`chunk ${chunk.type} has no place there`)
  }
  const lines = await inflate(deflated.subarray(0, held), length)
  if (lines.length < length) throw new Error('it ends before its pixels do')
  return { header, passes, lines, palette, transparency }
}

function readHeader(bytes: Uint8Array, chunk: PngChunk | undefined): Header {
  if (chunk?.type !== 'IHDR' || chunk.end - chunk.start !== 13)
    throw new Error('it does not begin with its header')
  const data = chunkData(bytes, chunk)
  const view = new DataView(data.buffer, data.byteOffset, 13)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const [depth, colourType, compression, filter, interlace] = data.subarray(8) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ]
  if (width === 0 || height === 0) throw new Error('it has no pixels')
  if (DEPTHS[colourType]?.includes(depth) !== true || compression !== 0 || filter !== 0 || interlace > 1)
    throw new Error('its header has values that no PNG may have')
  return { width, height, depth, colourType, interlaced: interlace === 1 }
}

/** Rows and columns that are stored together. */
interface Pass {
  readonly left: number
  readonly top: number
  readonly stepX: number
  readonly stepY: number
  readonly columns: number
  readonly rows: number
  /** Without the byte that names the filter. */
  readonly lineBytes: number
}

function passesOf({ width, height, depth, colourType, interlaced }: Header): Pass[] {
  const grid = interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const)
  return grid
    .map(([left, top, stepX, stepY]) => {
      const columns = Math.ceil((width - left) / stepX)
      const rows = Math.ceil((height - top) / stepY)
      const lineBytes = Math.ceil((columns * CHANNELS[colourType]! * depth) / 8)
      return { left, top, stepX, stepY, columns, rows, lineBytes }
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0)
}

/** Undoes the filters of a pass, in place. */
function removeFilters(raw: Uint8Array, { rows, lineBytes }: Pass, pixelBytes: number): void {
  // What lies above the first row is zeros.
  let above: Uint8Array = new Uint8Array(lineBytes)
  for (let row = 0; row < rows; row++) {
    const start = row * (1 + lineBytes) + 1
    const line = raw.subarray(start, start + lineBytes)
    const undo = FILTERS[raw[start - 1]!]
    if (undo === undefined) throw new Error('it has a filter that does not exist')
    undo(line, above, pixelBytes)
    above = line
  }
}

type Filter = (line: Uint8Array, above: Uint8Array, pixelBytes: number) => void

/** None, sub, up, average, Paeth. */
const FILTERS: readonly Filter[] = [
  () => undefined,
  (line, _, pixelBytes) => {
    for (let at = pixelBytes; at < line.length; at++) line[at]! += line[at - pixelBytes]!
  },
  (line, above) => {
    for (let at = 0; at < line.length; at++) line[at]! += above[at]!
  },
  (line, above, pixelBytes) => {
    for (let at = 0; at < line.length; at++)
      line[at]! += ((at < pixelBytes ? 0 : line[at - pixelBytes]!) + above[at]!) >> 1
  },
  (line, above, pixelBytes) => {
    for (let at = 0; at < Math.min(pixelBytes, line.length); at++) line[at]! += above[at]!
    for (let at = pixelBytes; at < line.length; at++)
      line[at]! += paeth(line[at - pixelBytes]!, above[at]!, above[at - pixelBytes]!)
  },
]

function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner)
  const toUp = Math.abs(left - corner)
  if (toLeft <= toUp && toLeft <= Math.abs(left + up - 2 * corner)) return left
  return toUp <= Math.abs(left + up - 2 * corner) ? up : corner
}

function emptySamples({ width, height, depth, colourType }: Header): Samples {
  const channels = CHANNELS[colourType]!
  const length = width * height * channels
  return { data: depth === 16 ? new Uint16Array(length) : new Uint8Array(length), height, width, channels }
}

/** Puts the samples of a pass where they belong, with the values that the file has. */
function placePixels(
  raw: Uint8Array,
  pass: Pass,
  { depth }: Header,
  { data, width, channels }: Samples,
): void {
  const { left, top, stepX, stepY, columns, rows, lineBytes } = pass
  for (let row = 0; row < rows; row++) {
    const start = row * (1 + lineBytes) + 1
    if (depth === 8 && stepX === 1) {
      data.set(raw.subarray(start, start + lineBytes), (top + row * stepY) * width * channels)
      continue
    }
    for (let column = 0; column < columns; column++) {
      const to = ((top + row * stepY) * width + left + column * stepX) * channels
      for (let channel = 0; channel < channels; channel++)
        data[to + channel] = sampleAt(raw, start, column * channels + channel, depth)
    }
  }
}

function sampleAt(raw: Uint8Array, start: number, index: number, depth: number): number {
  if (depth === 8) return raw[start + index]!
  if (depth === 16) return (raw[start + 2 * index]! << 8) | raw[start + 2 * index + 1]!
  const bit = index * depth
  return (raw[start + (bit >> 3)]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1)
}

/** Brings samples of 1, 2 or 4 bits to 8. */
function spreadDepth(samples: Samples, depth: number): Samples {
  if (depth >= 8) return samples
  const factor = 255 / ((1 << depth) - 1)
  return { ...samples, data: samples.data.map((value) => value * factor) as Uint8Array }
}

function fromPalette(
  { data, height, width }: Samples,
  palette: Uint8Array | undefined,
  alpha: Uint8Array | undefined,
): Samples {
  if (palette === undefined) throw new Error('it has no palette')
  const channels = alpha === undefined ? 3 : 4
  const out = new Uint8Array(data.length * channels)
  for (const [at, entry] of data.entries()) {
    // An entry that the palette lacks is black.
    out.set(palette.subarray(3 * entry, 3 * entry + 3), at * channels)
    if (alpha !== undefined) out[at * channels + 3] = alpha[entry] ?? 255
  }
  return { data: out, height, width, channels }
}

/** Alpha for the one colour that is transparent, of the samples as the file has them. */
function addAlpha(stored: Samples, { data, height, width, channels }: Samples, colour: Uint8Array): Samples {
  const opaque = data instanceof Uint8Array ? 255 : 65535
  const length = width * height * (channels + 1)
  const result = data instanceof Uint8Array ? new Uint8Array(length) : new Uint16Array(length)
  const key = Array.from({ length: channels }, (_, at) => (colour[2 * at]! << 8) | colour[2 * at + 1]!)
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = pixel * channels
    for (let channel = 0; channel < channels; channel++)
      result[pixel * (channels + 1) + channel] = data[from + channel]!
    const same = key.every((value, channel) => stored.data[from + channel] === value)
    result[pixel * (channels + 1) + channels] = same ? 0 : opaque
  }
  return { data: result, height, width, channels: channels + 1 }
}
