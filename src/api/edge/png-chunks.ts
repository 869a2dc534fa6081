import { crc32 } from '../../model/crc32.ts'

/** A chunk of a PNG file by where it lies, so that a file of half a million costs no memory for each. */
export interface PngChunk {
  readonly type: string
  /** Offsets of its data and of the checksum behind them. */
  readonly start: number
  readonly end: number
}

const SIGNATURE_BYTES = 8

/** Chunks up to IEND, or as many as are whole; `chunkData` looks at their checksums. */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = SIGNATURE_BYTES; at + 12 <= bytes.length; ) {
    const start = at + 8
    const end = start + view.getUint32(at)
    if (end + 4 > bytes.length) return
    const type = String.fromCharCode(bytes[at + 4]!, bytes[at + 5]!, bytes[at + 6]!, bytes[at + 7]!)
    yield { type, start, end }
    if (type === 'IEND') return
    at = end + 4
  }
}

/** Whether a decoder may not pass it over: its type begins with a capital. */
export const isCritical = ({ type }: PngChunk): boolean => (type.charCodeAt(0) & 0x20) === 0

/**
 * Data of a chunk.
 *
 * @throws Error where they have another checksum than is noted
 */
export function chunkData(bytes: Uint8Array, { type, start, end }: PngChunk): Uint8Array {
  const noted = new DataView(bytes.buffer, bytes.byteOffset + end, 4).getUint32(0)
  if (crc32(bytes.subarray(start - 4, end)) !== noted) throw new Error(`chunk ${type} has another checksum`)
  return bytes.subarray(start, end)
}
