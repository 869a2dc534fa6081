import { open, stat } from 'node:fs/promises'
import { PureGalaxyError } from '../../errors.ts'
import { fileError } from '../file-errors.ts'
import { refuseEndlessScans } from './jpeg-scans.ts'
import { loadSharp } from './load-sharp.ts'
import type { Picture } from './picture.ts'
import { corruptPicture, emptyPicture, pictureFormatError, tooManyPixels, tooThin } from './picture-errors.ts'
import { isFitsName, type PictureFormat, sniffPicture } from './picture-format.ts'
import { addResize, type ResizePictureOptions } from './resize-picture.ts'

/** Pixels beyond which a picture is refused before it is decoded: 100 million, 300 MB of RGB. */
export const DEFAULT_MAX_PIXELS = 100_000_000

export interface DecodePictureOptions extends ResizePictureOptions {
  /** Pixels (height × width) beyond which a picture is refused before it is decoded; default 100 million. */
  readonly maxPixels?: number
  /** What errors call the picture; default the path, or `picture` for bytes. */
  readonly name?: string
}

/** Bytes read before a decision is made: the whole file for most cut-outs. */
const HEAD_BYTES = 64 * 1024

/**
 * Decodes one JPEG, PNG, WebP, TIFF or GIF picture to 8-bit RGB.
 *
 * On purpose: the EXIF orientation is applied; grey becomes three equal channels; alpha is composed on black, the colour
 * of an empty sky; CMYK and pictures with an ICC profile become sRGB; 16 bits become the upper 8; of animations and pages the
 * first is taken. The format is found by content, never by name. Refused: other formats (SVG, PDF, AVIF, BMP …), more
 * than `maxPixels`, TIFF of floating-point or 32-bit pixels, JPEG of more than 32 scans, files that end before their pixels do.
 *
 * @param source path of a file, or its bytes
 * @throws PureGalaxyError `io.picture.empty`, `io.picture.fits`, `io.picture.format`, `io.picture.too-large`,
 *   `io.picture.corrupt`, `io.picture.not-a-file`, and those of `fileError`
 * @example const { data } = await decodePicture('ngc1300.jpg', { size: [64, 64] }) // 64 × 64 × 3
 */
export async function decodePicture(
  source: string | Uint8Array,
  options: DecodePictureOptions = {},
): Promise<Picture> {
  const name = options.name ?? (typeof source === 'string' ? source : 'picture')
  const maxPixels = options.maxPixels ?? DEFAULT_MAX_PIXELS
  const bytes = typeof source === 'string' ? await readPicture(source, name, maxPixels) : source
  const format = admittedFormat(bytes, name)
  if (format === 'JPEG') refuseEndlessScans(bytes, name)
  const sharp = await loadSharp()
  const input = { failOn: 'error', limitInputPixels: maxPixels } as const
  try {
    if (format === 'TIFF') await refuseScientificTiff(sharp(bytes, input), name)
    const pipeline = sharp(bytes, input).autoOrient().flatten({ background: '#000000' })
    const { data, info } = await addResize(pipeline, options)
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    if (info.channels !== 3) {
      throw pictureFormatError(name, `has ${info.channels} bands where a picture has 1, 3 or 4`)
    }
    return { data, height: info.height, width: info.width }
  } catch (error) {
    if (error instanceof PureGalaxyError || !(error instanceof Error)) throw error
    const header = () => sharp(bytes, { limitInputPixels: false }).metadata()
    if (/exceeds pixel limit/i.test(error.message)) throw tooManyPixels(name, await header(), maxPixels)
    if (/output coordinates out of range/.test(error.message) && options.size !== undefined)
      throw tooThin(name, await header(), options.size)
    throw corruptPicture(name, format, error.message.split('\n')[0]!, { cause: error })
  }
}

async function readPicture(path: string, name: string, maxPixels: number): Promise<Uint8Array> {
  try {
    // Opening a pipe would wait for a writer, so look before opening.
    const { size, mode } = await stat(path)
    const type = mode & 0o170000
    if (type !== 0o100000 && type !== 0o040000) {
      throw new PureGalaxyError(
        'io.picture.not-a-file',
        `${name} is a device, pipe or socket, and a file was expected.`,
      )
    }
    const handle = await open(path, 'r')
    try {
      const head = Buffer.alloc(Math.min(size, HEAD_BYTES) || 1)
      const { bytesRead } = await handle.read(head, 0, head.length, 0)
      admittedFormat(head.subarray(0, bytesRead), name)
      if (size <= HEAD_BYTES) return head.subarray(0, bytesRead)
      // No compression makes pixels larger than 8 bytes (16-bit RGBA); the rest is room for metadata.
      const maxBytes = maxPixels * 8 + 64 * 2 ** 20
      if (size > maxBytes) {
        throw new PureGalaxyError(
          'io.picture.too-large',
          `${name}: ${size} bytes, more than a picture of ${maxPixels} pixels needs. Cut the object out, or reduce the picture.`,
        )
      }
      const bytes = Buffer.alloc(size)
      const { bytesRead: total } = await handle.read(bytes, 0, size, 0)
      return bytes.subarray(0, total)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw fileError(error, name)
  }
}

function admittedFormat(head: Uint8Array, name: string): PictureFormat {
  if (head.length === 0) throw emptyPicture(name)
  const kind = sniffPicture(head)
  if (kind !== undefined && 'format' in kind) return kind.format
  if (kind?.refused === 'FITS' || isFitsName(name)) {
    throw new PureGalaxyError(
      'io.picture.fits',
      `${name}: FITS is not read yet. Give JPEG, PNG, WebP or TIFF pictures.`,
    )
  }
  throw pictureFormatError(name, kind === undefined ? 'is not a picture that is known' : `is ${kind.refused}`)
}

async function refuseScientificTiff(
  pipeline: { metadata(): Promise<{ depth?: string }> },
  name: string,
): Promise<void> {
  const { depth } = await pipeline.metadata()
  if (depth === 'uchar' || depth === 'ushort') return
  // What is black and what is white in such a file is the user's to say, and a guess would change every pixel.
  throw pictureFormatError(name, `has pixels of type ${depth}, which have no range to map to 0–255`)
}
