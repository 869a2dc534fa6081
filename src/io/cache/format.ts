import { createHash } from 'node:crypto'
import { PureGalaxyError } from '../../errors.ts'

/*
 * A flat cache, little-endian:
 *
 *   0       8 bytes   magic number "PGCACHE\n"
 *   8       uint32    version
 *   12      uint32    length of the header's JSON
 *   16      32 bytes  SHA-256 of the JSON
 *   48      JSON      FlatCacheHeader, zeros up to 16384
 *   16384   uint8     pictures, count × height × width × 3, NHWC
 *   …       8 bytes   for each picture the first 8 bytes of its SHA-256
 *   …       JSON      what the producer wants to keep (labels, ids …); null where there is nothing
 *
 * The header, which is written last, covers everything but the pixels; the pixels are checked picture by picture when
 * they are first read, so that opening a cache of many gigabytes costs nothing.
 */
const MAGIC = Buffer.from('PGCACHE\n', 'latin1')
const VERSION = 1
const JSON_OFFSET = 48

/** Where the pixels begin: four pages. */
export const PIXELS_OFFSET = 16_384

/** Bytes of the checksum that is kept of each picture. */
export const DIGEST_BYTES = 8

/** A value that JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** Everything that must be known to trust and to read a flat cache. */
export interface FlatCacheHeader {
  /** Identity of source and recipe together. */
  readonly key: string
  /** Identity of the source's content, see `sourceIdentity`. */
  readonly identity: string
  /** Absolute path of the source when the cache was made. */
  readonly source: string
  readonly height: number
  readonly width: number
  readonly count: number
  /** Length and SHA-256 of what follows the pixels. */
  readonly tailBytes: number
  readonly tailSha256: string
}

/** The first 8 bytes of the SHA-256 of one picture. */
export const pictureDigest = (pixels: Uint8Array): Buffer =>
  createHash('sha256').update(pixels).digest().subarray(0, DIGEST_BYTES)

/** Bytes of the whole file. */
export const flatCacheBytes = (header: FlatCacheHeader): number =>
  PIXELS_OFFSET + header.count * header.height * header.width * 3 + header.tailBytes

/** The first 16,384 bytes of a flat cache. */
export function encodeHeader(header: FlatCacheHeader): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  if (JSON_OFFSET + json.length > PIXELS_OFFSET) {
    throw new PureGalaxyError(
      'io.name-too-long',
      `${header.source}: the path is too long to be cached. Use a shorter one.`,
    )
  }
  const bytes = Buffer.alloc(PIXELS_OFFSET)
  MAGIC.copy(bytes)
  bytes.writeUInt32LE(VERSION, 8)
  bytes.writeUInt32LE(json.length, 12)
  createHash('sha256').update(json).digest().copy(bytes, 16)
  json.copy(bytes, JSON_OFFSET)
  return bytes
}

/** Reads a header, or gives undefined where the bytes are not an undamaged header of this version. */
export function decodeHeader(bytes: Buffer): FlatCacheHeader | undefined {
  if (bytes.length < PIXELS_OFFSET || !bytes.subarray(0, 8).equals(MAGIC)) return undefined
  if (bytes.readUInt32LE(8) !== VERSION) return undefined
  const length = bytes.readUInt32LE(12)
  if (JSON_OFFSET + length > PIXELS_OFFSET) return undefined
  const json = bytes.subarray(JSON_OFFSET, JSON_OFFSET + length)
  if (!createHash('sha256').update(json).digest().equals(bytes.subarray(16, JSON_OFFSET))) return undefined
  return JSON.parse(json.toString()) as FlatCacheHeader
}
