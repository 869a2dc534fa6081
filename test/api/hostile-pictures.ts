import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { pngChunk } from '../io/pictures/make-pictures.ts'

/** A file that wants more of its decoder than its size lets one think, or that says two things at once. */
export interface HostilePicture {
  readonly name: string
  readonly bytes: Uint8Array
  /** Status and code of the refusal; undefined where the picture is taken. */
  readonly refusal?: readonly [status: number, code: string]
  /** The same at the edge where it differs from Node's. */
  readonly refusalAtEdge?: readonly [status: number, code: string]
}

const DAMAGED = [422, 'io.picture.corrupt'] as const

/** Pixels of which no two rows or columns are alike, so that a turned or shifted picture is another one. */
function pixels(height: number, width: number) {
  const data = Buffer.from(Array.from({ length: height * width * 3 }, (_, at) => ((at * 7919) >> 3) % 251))
  return sharp(data, { raw: { height, width, channels: 3 } })
}

/** EXIF data that say nothing but an orientation. */
function exif(orientation: number): Buffer {
  const data = Buffer.alloc(26)
  data.write('II*\0', 'latin1')
  data.writeUInt32LE(8, 4)
  data.writeUInt16LE(1, 8)
  data.writeUInt16LE(0x0112, 10)
  data.writeUInt16LE(3, 12)
  data.writeUInt32LE(1, 14)
  data.writeUInt16LE(orientation, 18)
  return data
}

const insert = (file: Buffer, at: number, ...parts: readonly Uint8Array[]): Buffer =>
  Buffer.concat([file.subarray(0, at), ...parts, file.subarray(at)])

const times = (count: number, part: Buffer): Buffer => Buffer.alloc(count * part.length, part)

async function pngs(): Promise<HostilePicture[]> {
  const png = await pixels(70, 90).png().toBuffer()
  const [behindHeader, imageData, end] = [33, png.indexOf('IDAT') - 4, png.length - 12]
  const stored = await pixels(150, 130).png({ compressionLevel: 0 }).toBuffer()
  const text = pngChunk('tEXt')
  const profile = Buffer.concat([Buffer.from('x\0\0'), deflateSync(Buffer.alloc(6e8), { level: 1 })])
  return [
    { name: 'a PNG with 500,000 empty texts', bytes: insert(png, behindHeader, times(500_000, text)) },
    { name: 'a PNG with 500,000 empty texts at its end', bytes: insert(png, end, times(500_000, text)) },
    {
      name: 'a PNG with 500,000 empty chunks of pixels',
      bytes: insert(png, imageData, times(500_000, pngChunk('IDAT'))),
    },
    {
      name: 'a PNG with a chunk for each byte of its pixels',
      bytes: inPieces(stored, stored.indexOf('IDAT') - 4),
    },
    {
      name: 'a PNG with 48,000 empty blocks of compressed pixels',
      bytes: Buffer.concat([
        png.subarray(0, imageData),
        pngChunk('IDAT', Buffer.concat([Buffer.from('\x78\x9c', 'latin1'), times(6000, emptyBlocks())])),
        pngChunk('IDAT', png.subarray(imageData + 10, end - 4)),
        png.subarray(end),
      ]),
    },
    {
      name: 'a PNG whose profile inflates to 600 MB',
      bytes: insert(png, behindHeader, pngChunk('iCCP', profile)),
      refusalAtEdge: DAMAGED,
    },
    {
      name: 'a PNG that says behind its end to be turned',
      bytes: Buffer.concat([png, pngChunk('eXIf', exif(6))]),
    },
    {
      name: 'a PNG that says behind its pixels to be turned',
      bytes: insert(png, end, pngChunk('eXIf', exif(6))),
    },
    {
      name: 'a PNG that says behind its pixels what is transparent',
      bytes: insert(png, end, pngChunk('tRNS', Buffer.from([0, 0, 0, 101, 0, 242]))),
    },
    {
      name: 'a PNG with two orientations',
      bytes: insert(png, behindHeader, pngChunk('eXIf', exif(6)), pngChunk('eXIf', exif(3))),
    },
    {
      name: 'a PNG with a chunk that may not be passed over',
      bytes: insert(png, behindHeader, pngChunk('ABCD')),
      refusal: DAMAGED,
    },
    {
      name: 'a PNG with two headers',
      bytes: insert(png, behindHeader, png.subarray(8, behindHeader)),
      refusal: DAMAGED,
    },
    { name: 'a PNG of 150,000 pixels in a row', bytes: await line(1, 150_000, 'png') },
    { name: 'a PNG of 150,000 pixels in a column', bytes: await line(150_000, 1, 'png') },
    {
      name: 'a PNG of 25 million pixels in a row',
      bytes: greyPng(1, 25_000_000),
      refusal: [413, 'io.picture.too-large'],
    },
  ]
}

/**
 * Eight blocks of deflate (RFC 1951, section 3.2.7), which end where a byte does: each describes words of up to 15 bits in about
 * twenty bytes, and then holds no data.
 */
function emptyBlocks(): Buffer {
  let bits = ''
  const number = (value: number, count: number) => {
    for (let bit = 0; bit < count; bit++) bits += (value >> bit) & 1
  }
  // Lengths 1 to 15 and a run of zeros have words of four bits, which come the other way round.
  const word = (symbol: number) => {
    bits += (symbol === 18 ? 15 : symbol - 1).toString(2).padStart(4, '0')
  }
  const zeros = (count: number) => {
    word(18)
    number(count - 11, 7)
  }
  for (let block = 0; block < 8; block++) {
    number(0, 1)
    number(2, 2)
    number(0, 5 + 5)
    number(15, 4)
    for (const symbol of [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])
      number(symbol === 16 || symbol === 17 || symbol === 0 ? 0 : 4, 3)
    for (let length = 2; length <= 15; length++) word(length)
    word(15)
    zeros(138)
    zeros(256 - 15 - 138)
    word(1)
    word(1)
    // The end of the block, whose word has the one bit.
    number(0, 1)
  }
  return Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt([...byte].reverse().join(''), 2)))
}

/** A PNG whose chunks of pixels, from `start` to its end, are cut into one for each byte. */
function inPieces(png: Buffer, start: number): Buffer {
  const pieces = [png.subarray(0, start)]
  for (let at = start; png.toString('latin1', at + 4, at + 8) === 'IDAT'; ) {
    const length = png.readUInt32BE(at)
    for (const byte of png.subarray(at + 8, at + 8 + length))
      pieces.push(pngChunk('IDAT', Buffer.from([byte])))
    at += 12 + length
  }
  return Buffer.concat([...pieces, pngChunk('IEND')])
}

/** A picture of one row or column. */
const line = (height: number, width: number, format: 'png' | 'jpeg'): Promise<Buffer> =>
  sharp({ create: { height, width, channels: 3, background: '#3070b0' } })
    .toFormat(format)
    .toBuffer()

/** A black PNG file of 8 bits, of any size. */
export function greyPng(height: number, width: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(Buffer.alloc(height * (1 + width)))),
    pngChunk('IEND'),
  ])
}

/** A segment of a JPEG file. */
function segment(marker: number, ...data: readonly (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(data.map((part) => Buffer.from(part as string, 'latin1')))
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(2 + body.length, 2)
  return Buffer.concat([head, body])
}

/** Offsets of the markers of that kind. */
function markers(file: Buffer, kind: number): number[] {
  const found: number[] = []
  for (let at = file.indexOf(0xff); at !== -1; at = file.indexOf(0xff, at + 1))
    if (file[at + 1] === kind) found.push(at)
  return found
}

/**
 * Of a progressive JPEG of side × side pixels: the file up to its second scan, and a scan of next to no bytes for one
 * band's frequencies, with the table that it needs.
 */
async function progressive(side: number) {
  const black = sharp({ create: { height: side, width: side, channels: 3, background: '#000' } })
  const whole = await black.jpeg({ progressive: true }).toBuffer()
  const scans = markers(whole, 0xda)
  const tables = markers(whole, 0xc4)
  // The first band from the sixth frequency on, in the order of sharp's encoder.
  const scan = whole.subarray(
    scans[4],
    tables.find((table) => table > scans[4]!),
  )
  const table = whole.subarray(
    tables.findLast((start) => start < scans[4]!),
    scans[4],
  )
  const beginning = whole.subarray(
    0,
    tables.find((start) => start > scans[0]!),
  )
  return { whole, beginning, table, scan }
}

async function jpegs(): Promise<HostilePicture[]> {
  const jpeg = await pixels(70, 90).jpeg().toBuffer()
  const { whole, beginning, table, scan } = await progressive(2000)
  const [file, end] = [whole.subarray(0, -2), whole.subarray(-2)]
  // All frequencies to their last bit, so that the same again is what a decoder expects.
  const complete = Buffer.from(scan)
  complete[7] = 1
  complete[9] = 0
  const orientation = (value: number) => segment(0xe1, 'Exif\0\0', exif(value))
  const { icc } = await sharp(await pixels(9, 9).withIccProfile('p3').png().toBuffer()).metadata()
  const profile = (number: number, data: Uint8Array | string) =>
    segment(0xe2, 'ICC_PROFILE\0', Buffer.from([number, 2]), data)
  const frame = markers(jpeg, 0xc0)[0]!
  const tables = markers(jpeg, 0xc4)[0]!
  return [
    {
      name: 'a JPEG with a scan 4,600 times that is not expected',
      bytes: Buffer.concat([file, table, times(4600, scan), end]),
      refusal: DAMAGED,
    },
    {
      name: 'a JPEG with a scan 4,600 times that is expected',
      bytes: Buffer.concat([beginning, table, times(4600, complete), end]),
      refusal: DAMAGED,
    },
    {
      name: 'a JPEG with a scan three times that is not expected',
      bytes: Buffer.concat([file, table, times(3, scan), end]),
      refusal: DAMAGED,
    },
    {
      name: 'a JPEG with a scan once that is not expected',
      bytes: Buffer.concat([file, table, scan, end]),
    },
    {
      name: 'a JPEG with a scan 30 times that is expected',
      bytes: Buffer.concat([beginning, table, times(30, complete), end]),
    },
    {
      name: 'a JPEG with a scan 60 times that is expected',
      bytes: Buffer.concat([beginning, table, times(60, complete), end]),
      refusal: DAMAGED,
    },
    {
      name: 'a JPEG with two orientations',
      bytes: insert(jpeg, frame, orientation(6), orientation(3)),
    },
    { name: 'a JPEG that says late to be turned', bytes: insert(jpeg, tables, orientation(6)) },
    { name: 'a JPEG with a million comments', bytes: insert(jpeg, frame, times(1_000_000, segment(0xfe))) },
    {
      name: 'a JPEG with 200,000 pieces of a profile',
      bytes: insert(jpeg, frame, times(200_000, profile(2, 'x'))),
    },
    { name: 'a JPEG with a profile without its first piece', bytes: insert(jpeg, frame, profile(2, icc!)) },
    {
      name: 'a JPEG with another profile in pieces from behind',
      bytes: insert(jpeg, tables, profile(2, icc!.subarray(200)), profile(1, icc!.subarray(0, 200))),
      refusalAtEdge: [415, 'io.picture.format'],
    },
    { name: 'a JPEG of 65,500 pixels in a row', bytes: await line(1, 65_500, 'jpeg') },
    { name: 'a JPEG of 65,500 pixels in a column', bytes: await line(65_500, 1, 'jpeg') },
  ]
}

function riff(type: string, ...data: readonly (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(data.map((part) => Buffer.from(part as string, 'latin1')))
  const head = Buffer.alloc(8)
  head.write(type, 'latin1')
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body, Buffer.alloc(body.length & 1)])
}

async function webps(): Promise<HostilePicture[]> {
  const simple = await pixels(70, 90).webp().toBuffer()
  const bitstream = simple.subarray(12)
  /** @param flags what of profile (0x20) and EXIF (0x08) it says to have */
  const extended = (flags: number, ...parts: readonly Uint8Array[]) =>
    riff('RIFF', 'WEBP', riff('VP8X', Buffer.from([flags, 0, 0, 0, 89, 0, 0, 69, 0, 0])), bitstream, ...parts)
  const orientation = (value: number) => riff('EXIF', exif(value))
  return [
    { name: 'a WebP with 300,000 empty chunks', bytes: extended(0x08, times(300_000, riff('none'))) },
    { name: 'a WebP with two orientations', bytes: extended(0x08, orientation(6), orientation(3)) },
    { name: 'a WebP with an orientation that it says not to have', bytes: extended(0, orientation(6)) },
    {
      name: 'a WebP that says behind its end to be turned',
      bytes: Buffer.concat([extended(0x08), orientation(6)]),
    },
    {
      name: 'a WebP with a profile that it says not to have',
      bytes: extended(0, riff('ICCP', 'no profile at all')),
    },
  ]
}

/** Files for which each decoder is to have one answer, in little time and memory. */
export const hostilePictures = async (): Promise<readonly HostilePicture[]> =>
  (await Promise.all([pngs(), jpegs(), webps()])).flat()

/** Seconds of the processor since then, in all threads. */
export function secondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1e6
}
