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

/** Markers that begin a frame: SOF0 to SOF15 without DHT, JPG and DAC. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

const [START_OF_SCAN, END_OF_IMAGE] = [0xda, 0xd9]

function readJpegHeader(bytes: Uint8Array): PictureHeader | undefined {
  const view = viewOf(bytes)
  let orientation = 1
  const profile: Uint8Array[] = []
  for (let at = 2; ; ) {
    // Any byte may stand between two segments, and 0xff before a marker any number of times.
    while (view.getUint8(at) !== 0xff) at++
    while (view.getUint8(at) === 0xff) at++
    const marker = view.getUint8(at++)
    if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) continue
    if (marker === START_OF_SCAN || marker === END_OF_IMAGE) return undefined
    const length = view.getUint16(at)
    const segment = bytes.subarray(at + 2, at + length)
    if (isFrame(marker)) {
      const [height, width] = [view.getUint16(at + 3), view.getUint16(at + 5)]
      const found = profile.length === 0 ? undefined : { bytes: join(profile), deflated: false }
      return { height, width, orientation, profile: found, bands: view.getUint8(at + 7) }
    }
    if (marker === 0xe1 && text(segment, 0, 6) === 'Exif\0\0')
      orientation = exifOrientation(segment.subarray(6))
    if (marker === 0xe2 && text(segment, 0, 12) === 'ICC_PROFILE\0') profile.push(segment.subarray(14))
    at += length
  }
}

function readPngHeader(bytes: Uint8Array): PictureHeader {
  const view = viewOf(bytes)
  const [width, height] = [view.getUint32(16), view.getUint32(20)]
  let orientation = 1
  let profile: ProfilePart | undefined
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const data = bytes.subarray(at + 8, at + 8 + view.getUint32(at))
    const type = text(bytes, at + 4, 4)
    if (type === 'eXIf') orientation = exifOrientation(data)
    if (type === 'iCCP') profile = { bytes: data.subarray(data.indexOf(0) + 2), deflated: true }
  }
  return { height, width, orientation, profile }
}

function readWebpHeader(bytes: Uint8Array): PictureHeader | undefined {
  const view = viewOf(bytes)
  const first = text(bytes, 12, 4)
  if (first === 'VP8 ') return upright(view.getUint16(28, true) & 0x3fff, view.getUint16(26, true) & 0x3fff)
  if (first === 'VP8L') {
    const bits = view.getUint32(21, true)
    return upright(((bits >>> 14) & 0x3fff) + 1, (bits & 0x3fff) + 1)
  }
  if (first !== 'VP8X') return undefined
  const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
  const size = upright(uint24(27) + 1, uint24(24) + 1)
  let { orientation, profile } = size
  for (let at = 30; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true)
    const data = bytes.subarray(at + 8, at + 8 + length)
    const type = text(bytes, at, 4)
    if (type === 'ICCP') profile = { bytes: data, deflated: false }
    if (type === 'EXIF') orientation = exifOrientation(data)
    at += 8 + length + (length & 1)
  }
  return { ...size, orientation, profile }
}

const upright = (height: number, width: number): PictureHeader => ({
  height,
  width,
  orientation: 1,
  profile: undefined,
})

/** The orientation of EXIF data, which are a TIFF header with directories; 1 where they say none. */
function exifOrientation(given: Uint8Array): number {
  // WebP files of some cameras keep the beginning that JPEG wants.
  const exif = text(given, 0, 6) === 'Exif\0\0' ? given.subarray(6) : given
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

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
