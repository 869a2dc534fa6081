import { findDatasets } from './find-datasets.ts'
import { Hdf5File } from './hdf5-file.ts'
import { imageAxes } from './image-axes.ts'
import { readSlab, slabRows } from './read-slab.ts'

/** Some pictures of a file, at the size they are stored in. */
export interface Hdf5Pictures {
  readonly height: number
  readonly width: number
  /** One for each row that was asked for, in that order: uint8, height × width × 3. */
  readonly pictures: readonly Uint8Array[]
}

/**
 * Reads some pictures straight from a file, without a cache. Only the chunks that they touch are decompressed; rows
 * close together share them.
 *
 * @param rows 0 to the number of pictures − 1
 * @throws PureGalaxyError `io.hdf5.*` for what is wrong with the file, the signal's reason
 */
export async function readHdf5Pictures(
  path: string,
  rows: readonly number[],
  signal?: AbortSignal,
): Promise<Hdf5Pictures> {
  const file = await Hdf5File.open(path)
  try {
    const axes = imageAxes(file, findDatasets(path, file.list(), { labels: 'optional' }).images)
    const bytes = axes.height * axes.width * 3
    const pictures = new Map<number, Uint8Array>()
    const wanted = [...new Set(rows)].sort((a, b) => a - b)
    const slab = slabRows(axes)
    for (let at = 0; at < wanted.length; ) {
      signal?.throwIfAborted()
      const first = wanted[at]!
      const slabEnd = (Math.floor(first / slab) + 1) * slab
      const together = wanted.slice(at).filter((row) => row < slabEnd)
      const count = together.at(-1)! - first + 1
      const out = new Uint8Array(count * bytes)
      await readSlab(file, axes, first, count, out, async () => signal?.throwIfAborted())
      for (const row of together) {
        pictures.set(row, out.slice((row - first) * bytes, (row - first + 1) * bytes))
      }
      at += together.length
    }
    return { height: axes.height, width: axes.width, pictures: rows.map((row) => pictures.get(row)!) }
  } finally {
    file.close()
  }
}
