import { writeFile } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { PureGalaxyError } from '../../errors.ts'
import { type ClassScheme, GALAXY10_DECALS } from '../../survey/galaxy10.ts'
import { atomicPath } from '../atomic.ts'
import { fileError } from '../file-errors.ts'
import { Galaxy10Columns } from './galaxy10-columns.ts'
import { Hdf5Writer } from './hdf5-writer.ts'

/** Some pictures with what is known of them. Columns are as long as there are pictures, or left out. */
export interface Galaxy10Batch {
  /** uint8 NHWC, pictures × height × width × 3; may be used again when the next batch is asked for. */
  readonly images: Uint8Array
  /** Exact classes; −1 (or 255) where there is none. */
  readonly labels: ArrayLike<number>
  /** Bit masks of the admitted classes; default: the exact class alone, 0 where there is none. */
  readonly allowed?: ArrayLike<number>
  readonly ids?: readonly string[]
  /** Degrees, J2000; NaN where unknown. */
  readonly ra?: ArrayLike<number>
  /** Degrees, J2000; NaN where unknown. */
  readonly dec?: ArrayLike<number>
  readonly redshift?: ArrayLike<number>
  /** Arcseconds per pixel. */
  readonly pxscale?: ArrayLike<number>
}

export interface WriteGalaxy10Options {
  readonly path: string
  /** [height, width] of the pictures. */
  readonly size: readonly [height: number, width: number]
  /** Default: Galaxy10 DECaLS. At most 255, and 16 where labels are partial. */
  readonly classes?: ClassScheme
  /** The pictures, taken one batch after the other and never held all at once. */
  readonly batches: Iterable<Galaxy10Batch> | AsyncIterable<Galaxy10Batch>
  /** Number of pictures to come, for `onProgress`. */
  readonly count?: number
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** Uncompressed bytes of a chunk: large enough to compress well, small enough to be fetched for one picture. */
const CHUNK_BYTES = 1024 * 1024

/**
 * Writes an HDF5 file in Galaxy10's layout: `images` uint8 (N, H, W, 3) in chunks with gzip, `ans` uint8 (255: no exact
 * label), and as far as the batches have them `allowed` uint16, `ids`, `ra`, `dec`, `redshift`, `pxscale` float64; the
 * names and slugs of the classes as attributes `class_names`, `class_slugs`. The file appears whole or not at all.
 *
 * @returns number of pictures written
 * @throws PureGalaxyError `io.batch` for a batch that does not fit, `io.hdf5.empty` without pictures, `io.no-space`,
 *   `io.permission` …; what `batches` throws
 * @example
 *   await writeGalaxy10({ path: 'sim.h5', size: [64, 64], batches: [{ images: new Uint8Array(64 * 64 * 3), labels: [2] }] })
 */
export async function writeGalaxy10(options: WriteGalaxy10Options): Promise<number> {
  const { path, size, classes = GALAXY10_DECALS, signal } = options
  const [height, width] = size
  const pictureBytes = height * width * 3
  const chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / pictureBytes))
  const target = atomicPath(path)
  const columns = new Galaxy10Columns(path, classes)
  const chunk = new Uint8Array(chunkRows * pictureBytes)
  let filled = 0
  let writer: Hdf5Writer | undefined
  try {
    // Before the first batch is made, so that a folder that cannot be written is found out at once.
    await writeFile(target.temporary, '', { flag: 'wx' })
    writer = await Hdf5Writer.create(target.temporary, path)
    writer.createImages(height, width, [chunkRows, height, width, 3])
    for await (const batch of options.batches) {
      signal?.throwIfAborted()
      requireWholePictures(path, batch, pictureBytes)
      columns.append(batch)
      for (let at = 0; at < batch.images.length; ) {
        const part = batch.images.subarray(at, at + chunk.length - filled)
        chunk.set(part, filled)
        filled += part.length
        at += part.length
        if (filled < chunk.length) continue
        writer.appendImages(chunk, height, width)
        filled = 0
        await setImmediate()
      }
      options.onProgress?.(columns.length, Math.max(options.count ?? 0, columns.length))
    }
    if (columns.length === 0) {
      throw new PureGalaxyError(
        'io.hdf5.empty',
        `${path}: there are no pictures to write, and the file was not made. Check the input.`,
      )
    }
    if (filled > 0) writer.appendImages(chunk.subarray(0, filled), height, width)
    columns.write(writer)
    writer.close()
    await target.commit()
    return columns.length
  } catch (error) {
    closeQuietly(writer)
    throw fileError(error, path)
  } finally {
    await target.abort()
  }
}

function requireWholePictures(path: string, { images, labels }: Galaxy10Batch, pictureBytes: number): void {
  if (images.length === labels.length * pictureBytes) return
  throw new PureGalaxyError(
    'io.batch',
    `${path}: a batch has ${labels.length} labels and ${images.length} bytes of pictures; ${pictureBytes} bytes for each label were expected.`,
  )
}

/** The error that led here is the one to tell of, not that the broken file cannot be closed. */
function closeQuietly(writer: Hdf5Writer | undefined): void {
  try {
    writer?.close()
  } catch {}
}
