import { isFrame, jpegSegments, START_OF_SCAN } from '../../io/pictures/jpeg-segments.ts'
import { joinBytes } from '../join-bytes.ts'
import { pngChunks } from './png-chunks.ts'

/** What the header of a picture says, before anything is decoded. */
export interface PictureHeader {
  /** Pixels, as they are stored: before the picture is turned. */
  readonly height: number
  readonly width: number
  /** EXIF's number, 1 (upright) to 8. */
  readonly orientation: number
  /** Whether it brings a colour profile, which may say that its values are no sRGB. */
  readonly profile: ProfilePart | undefined
  /** Bands of a JPEG; 4 are CMYK. */
  readonly bands?: number
}

/** A colour profile as the file has it: whole, or deflated behind a name. */
export interface ProfilePart {
  readonly bytes: Uint8Array
  readonly deflated: boolean
}

/** What EXIF data begin with in JPEG files. */
const EXIF = 'Exif\0\0'

/** Parts into which a profile in a JPEG file may be cut. */
const MOST_PARTS = 100

const text = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length))

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** A header, or undefined where the file ends before it or says nothing of its size. */
export function readPictureHeader(
  bytes: Uint8Array,
  format: 'JPEG' | 'PNG' | 'WebP',
): PictureHeader | undefined {
  try {
    return READERS[format](bytes)
  } catch (error) {
    // A read beyond the end of the file.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const READERS = { JPEG: readJpegHeader, PNG: readPngHeader, WebP: readWebpHeader } as const

function readJpegHeader(bytes: Uint8Array): PictureHeader | undefined {
  const view = viewOf(bytes)
  let size: Pick<PictureHeader, 'height' | 'width' | 'bands'> | undefined
  let orientation: number | undefined
  const profile = new Map<number, Uint8Array>()
  for (const { marker, start, end } of jpegSegments(bytes)) {
    if (marker === START_OF_SCAN)
      return size && { ...size, orientation: orientation ?? 1, profile: joinProfile(profile) }
    if (isFrame(marker)) {
      const [height, width] = [view.getUint16(start + 1), view.getUint16(start + 3)]
      size = { height, width, bands: view.getUint8(start + 5) }
    } else if (marker === 0xe1 && text(bytes, start, 6) === EXIF)
      orientation ??= exifOrientation(bytes.subarray(start + 6, end))
    else if (marker === 0xe2 && end - start > 14 && text(bytes, start, 12) === 'ICC_PROFILE\0') {
      const [number, count] = [view.getUint8(start + 12), view.getUint8(start + 13)]
      if (number <= count && count < MOST_PARTS && !profile.has(number))
        profile.set(number, bytes.subarray(start + 14, end))
    }
  }
  return undefined
}

/** A profile of its parts by number, as far as they follow each other. */
function joinProfile(parts: ReadonlyMap<number, Uint8Array>): ProfilePart | undefined {
  const whole: Uint8Array[] = []
  for (let part = parts.get(1); part !== undefined; part = parts.get(whole.length + 1)) whole.push(part)
  return whole.length === 0 ? undefined : { bytes: joinBytes(whole), deflated: false }
}

function readPngHeader(bytes: Uint8Array): PictureHeader {
  const view = viewOf(bytes)
  const [width, height] = [view.getUint32(16), view.getUint32(20)]
  let orientation: number | undefined
  let profile: ProfilePart | undefined
  for (const { type, start, end } of pngChunks(bytes)) {
    // What is said of a picture behind its pixels comes too late.
    if (type === 'IDAT') break
    const data = bytes.subarray(start, end)
    if (type === 'eXIf') orientation ??= exifOrientation(data)
    if (type === 'iCCP') profile = { bytes: data.subarray(data.indexOf(0) + 2), deflated: true }
  }
  return { height, width, orientation: orientation ?? 1, profile }
}

function readWebpHeader(file: Uint8Array): PictureHeader | undefined {
  const bytes = file.subarray(0, 8 + viewOf(file).getUint32(4, true))
  const view = viewOf(bytes)
  const first = text(bytes, 12, 4)
  if (first === 'VP8 ') return upright(view.getUint16(28, true) & 0x3fff, view.getUint16(26, true) & 0x3fff)
  if (first === 'VP8L') {
    const bits = view.getUint32(21, true)
    return upright(((bits >>> 14) & 0x3fff) + 1, (bits & 0x3fff) + 1)
  }
  if (first !== 'VP8X') return undefined
  const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
  const [hasProfile, hasExif] = [(bytes[20]! & 0x20) !== 0, (bytes[20]! & 0x08) !== 0]
  let orientation: number | undefined
  let profile: ProfilePart | undefined
  for (let at = 30; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true)
    const data = bytes.subarray(at + 8, at + 8 + length)
    const type = text(bytes, at, 4)
    if (type === 'ICCP' && hasProfile) profile ??= { bytes: data, deflated: false }
    // Some cameras write the beginning that JPEG wants.
    if (type === 'EXIF' && hasExif)
      orientation ??= exifOrientation(text(data, 0, 6) === EXIF ? data.subarray(6) : data)
    at += 8 + length + (length & 1)
  }
  return { ...upright(uint24(27) + 1, uint24(24) + 1), orientation: orientation ?? 1, profile }
}

const upright = (height: number, width: number): PictureHeader => ({
  height,
  width,
  orientation: 1,
  profile: undefined,
})

/** The orientation of EXIF data, which are a TIFF header with directories; 1 where they say none. */
function exifOrientation(exif: Uint8Array): number {
  const little = text(exif, 0, 2) === 'II'
  if (exif.length < 14 || !(little || text(exif, 0, 2) === 'MM')) return 1
  const view = viewOf(exif)
  const directory = view.getUint32(4, little)
  if (directory + 2 > exif.length) return 1
  const entries = view.getUint16(directory, little)
  for (let at = directory + 2; at < directory + 2 + 12 * entries && at + 12 <= exif.length; at += 12) {
    if (view.getUint16(at, little) !== 0x0112) continue
    const value = view.getUint16(at + 8, little)
    return value >= 1 && value <= 8 ? value : 1
  }
  return 1
}
