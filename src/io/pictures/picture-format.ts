import { constants, gunzipSync } from 'node:zlib'

/** The formats that are decoded. */
export type PictureFormat = 'JPEG' | 'PNG' | 'WebP' | 'TIFF' | 'GIF'

/** What the first bytes of a file say that it is. */
export type PictureKind =
  | { readonly format: PictureFormat }
  /** Known, and not decoded: the name of the format. */
  | { readonly refused: string }
  | undefined

const GZIP = [0x1f, 0x8b]

/** Signature at an offset: bytes or Latin-1 text. */
const SIGNATURES: readonly [kind: NonNullable<PictureKind>, offset: number, signature: string | number[]][] =
  [
    [{ format: 'JPEG' }, 0, [0xff, 0xd8, 0xff]],
    [{ format: 'PNG' }, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
    [{ format: 'WebP' }, 8, 'WEBPVP8'],
    [{ format: 'GIF' }, 0, 'GIF87a'],
    [{ format: 'GIF' }, 0, 'GIF89a'],
    [{ format: 'TIFF' }, 0, [0x49, 0x49, 0x2a, 0x00]],
    [{ format: 'TIFF' }, 0, [0x4d, 0x4d, 0x00, 0x2a]],
    [{ format: 'TIFF' }, 0, [0x49, 0x49, 0x2b, 0x00]],
    [{ format: 'TIFF' }, 0, [0x4d, 0x4d, 0x00, 0x2b]],
    [{ refused: 'FITS' }, 0, 'SIMPLE  ='],
    [{ refused: 'AVIF or HEIF' }, 4, 'ftyp'],
    [{ refused: 'PDF' }, 0, '%PDF'],
    [{ refused: 'BMP' }, 0, 'BM'],
    [{ refused: 'JPEG 2000' }, 4, 'jP  '],
    [{ refused: 'JPEG XL' }, 4, 'JXL '],
    [{ refused: 'JPEG XL' }, 0, [0xff, 0x0a]],
    [{ refused: 'HDF5' }, 1, 'HDF\r\n'],
    [{ refused: 'SVG' }, 0, '<svg'],
    [{ refused: 'SVG or XML' }, 0, '<?xml'],
    [{ refused: 'HTML' }, 0, '<!DOCTYPE'],
    [{ refused: 'HTML' }, 0, '<html'],
  ]

/**
 * What a file is, by its first bytes: names lie, and a decoder that is chosen by content must not be one that nobody
 * meant to let in (SVG and PDF run a renderer). Looks into gzip far enough to recognise compressed FITS.
 *
 * @param head first bytes of the file, 4 KiB are plenty
 * @returns undefined when nothing known
 * @example sniffPicture(Buffer.from('SIMPLE  =                    T')) // { refused: 'FITS' }
 */
export function sniffPicture(head: Uint8Array): PictureKind {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (startsWith(bytes, GZIP, 0)) {
    const inner = sniffPicture(gunzipHead(bytes))
    if (inner === undefined || 'format' in inner) return { refused: 'gzip' }
    return inner
  }
  return SIGNATURES.find(([, offset, signature]) => startsWith(bytes, signature, offset))?.[0]
}

/** Whether a file's name says FITS, compressed or not. */
export const isFitsName = (path: string): boolean => /\.(fits?|fts)(\.(gz|fz|bz2|xz|zst))?$/i.test(path)

function startsWith(bytes: Buffer, signature: string | number[], offset: number): boolean {
  const expected = typeof signature === 'string' ? Buffer.from(signature, 'latin1') : Buffer.from(signature)
  return bytes.subarray(offset, offset + expected.length).equals(expected)
}

/** The beginning of what a gzip member holds; empty when it is damaged. */
function gunzipHead(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return Buffer.alloc(0)
  }
}
