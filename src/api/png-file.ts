import { crc32 } from '../model/crc32.ts'

/** Pixels of a picture without a file around them. */
export interface RawPicture {
  /** 8-bit RGB, height × width × 3, row by row. */
  readonly pixels: Uint8Array
  /** Pixels, above 0. */
  readonly height: number
  /** Pixels, above 0. */
  readonly width: number
}

/** Bytes of a stored block of deflate: RFC 1951, section 3.2.4. */
const LARGEST_BLOCK = 65535

/**
 * A PNG file of these pixels, not compressed: it is to be decoded at once, and no smaller for being squeezed in between.
 *
 * @example encodePng({ pixels: new Uint8Array(3), height: 1, width: 1 })
 */
export function encodePng({ pixels, height, width }: RawPicture): Uint8Array {
  const scanlines = new Uint8Array(height * (1 + 3 * width))
  for (let y = 0; y < height; y++)
    scanlines.set(pixels.subarray(3 * width * y, 3 * width * (y + 1)), y * (1 + 3 * width) + 1)
  const blocks = Math.ceil(scanlines.length / LARGEST_BLOCK)
  const dataLength = 2 + 5 * blocks + scanlines.length + 4
  const file = new Uint8Array(8 + (12 + 13) + (12 + dataLength) + 12)
  const view = new DataView(file.buffer)
  file.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

  view.setUint32(16, width)
  view.setUint32(20, height)
  // 8 bits, RGB, and the one way there is to compress, filter and not interlace.
  file.set([8, 2, 0, 0, 0], 24)
  closeChunk(view, 8, 'IHDR', 13)

  const data = 8 + 25
  file.set([0x78, 0x01], data + 8)
  let at = data + 10
  for (let block = 0; block < blocks; block++) {
    const part = scanlines.subarray(block * LARGEST_BLOCK, (block + 1) * LARGEST_BLOCK)
    file[at] = block === blocks - 1 ? 1 : 0
    view.setUint16(at + 1, part.length, true)
    view.setUint16(at + 3, part.length ^ 0xffff, true)
    file.set(part, at + 5)
    at += 5 + part.length
  }
  view.setUint32(at, adler32(scanlines))
  closeChunk(view, data, 'IDAT', dataLength)
  closeChunk(view, data + 12 + dataLength, 'IEND', 0)
  return file
}

/** Writes length, type and checksum of the chunk at `start`, around data that is there. */
function closeChunk(view: DataView, start: number, type: string, length: number): void {
  view.setUint32(start, length)
  for (let at = 0; at < 4; at++) view.setUint8(start + 4 + at, type.charCodeAt(at))
  view.setUint32(start + 8 + length, crc32(new Uint8Array(view.buffer, start + 4, 4 + length)))
}

/** RFC 1950, section 8.2; 3800 sums fit into 31 bits before they must be reduced. */
function adler32(bytes: Uint8Array): number {
  let one = 1
  let two = 0
  for (let start = 0; start < bytes.length; start += 3800) {
    const end = Math.min(start + 3800, bytes.length)
    for (let at = start; at < end; at++) {
      one += bytes[at]!
      two += one
    }
    one %= 65521
    two %= 65521
  }
  return ((two << 16) | one) >>> 0
}
