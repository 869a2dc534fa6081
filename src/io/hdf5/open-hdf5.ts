import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type JsonValue, openFlatCache, type PictureProducer } from '../cache/index.ts'
import { defaultConcurrency, mapOrdered, resizePicture } from '../pictures/index.ts'
import { dataHash, hashedFieldsOf } from '../split/data-hash.ts'
import type { ImageDataset, OpenDatasetOptions } from '../types.ts'
import { findDatasets } from './find-datasets.ts'
import { Hdf5File } from './hdf5-file.ts'
import { type ImageAxes, imageAxes } from './image-axes.ts'
import { readNumbers, readStrings } from './read-column.ts'
import { readLabels } from './read-labels.ts'
import { readSlab, slabRows } from './read-slab.ts'

/** Changes whenever the pixels that this code produces change, so that older caches are not taken. */
const RECIPE = 'hdf5 1'

/** How long the event loop may be held up, in milliseconds. */
const LONGEST_BLOCK_MS = 50

/**
 * Opens pictures in an HDF5 file: Galaxy10 DECaLS and SDSS, what `writeGalaxy10` writes, and any 8-bit (N, H, W, 3) or
 * (N, 3, H, W) `images`, `image`, `x` or `data` with `ans`, `labels`, `label`, `y` or `targets`. The pictures are decoded
 * once into a flat cache; labels, masks, ids and coordinates are read into memory.
 *
 * @throws PureGalaxyError `io.hdf5.*` for what is wrong with the file, `io.no-space` …, the signal's reason
 * @example
 *   const galaxies = await openHdf5('Galaxy10_DECals.h5', { size: [128, 128] })
 *   await galaxies.read([0, 17735], new Uint8Array(2 * 128 * 128 * 3))
 */
export async function openHdf5(path: string, options: OpenDatasetOptions = {}): Promise<ImageDataset> {
  const file = await Hdf5File.open(path)
  try {
    const roles = findDatasets(path, file.list(), options)
    const axes = imageAxes(file, roles.images)
    const { count } = axes
    const { classes, labels, allowed } = readLabels(file, roles, count, axes.height)
    options.onClasses?.(path, classes)
    const ids = roles.ids === undefined ? undefined : readStrings(file, roles.ids, count)
    const hasPositions = roles.ra !== undefined && roles.dec !== undefined
    const ra = hasPositions ? readNumbers(file, roles.ra!, count) : undefined
    const dec = hasPositions ? readNumbers(file, roles.dec!, count) : undefined
    const [height, width] = options.size ?? [axes.height, axes.width]
    const cache = await openFlatCache({
      source: path,
      recipe: `${RECIPE} ${axes.name}`,
      height,
      width,
      count,
      cacheDirectory: options.cacheDirectory,
      onProgress: options.onProgress,
      signal: options.signal,
      produce: pictureProducer(file, axes, height, width, options.signal),
    })
    const { pictures } = cache.extra as unknown as PictureRecord
    const rows = { path, length: count, labels, allowed, ids, ra, dec }
    const fields = hashedFieldsOf(rows)
    // The columns by a hash of their own: as one text, ten million rows are longer than a string may be.
    const hash = createHash('sha256').update(
      JSON.stringify([pictures, classes, fields, dataHash(rows, fields)]),
    )
    return {
      path,
      hash: hash.digest('hex'),
      length: count,
      height,
      width,
      classes,
      labels,
      allowed,
      ids,
      ra,
      dec,
      read: (indices, out) => cache.read(indices, out),
      close: () => cache.close(),
    }
  } finally {
    file.close()
  }
}

/** What is kept beside the cached pictures: the SHA-256 of the pictures as stored, whatever size they are cached at. */
interface PictureRecord {
  readonly [key: string]: JsonValue
  readonly pictures: string
}

function pictureProducer(
  file: Hdf5File,
  axes: ImageAxes,
  height: number,
  width: number,
  signal: AbortSignal | undefined,
): PictureProducer {
  return async (sink) => {
    const rows = slabRows(axes)
    const pictureBytes = axes.height * axes.width * 3
    const slab = new Uint8Array(rows * pictureBytes)
    const hash = createHash('sha256')
    let resumed = performance.now()
    const pause = async () => {
      if (performance.now() - resumed < LONGEST_BLOCK_MS) return
      await setImmediate()
      signal?.throwIfAborted()
      resumed = performance.now()
    }
    for (let first = 0; first < axes.count; first += rows) {
      const pictures = slab.subarray(0, Math.min(rows, axes.count - first) * pictureBytes)
      await readSlab(file, axes, first, pictures.length / pictureBytes, pictures, pause)
      hash.update(pictures)
      const isStoredSize = height === axes.height && width === axes.width
      await sink.append(isStoredSize ? pictures : await resizeAll(pictures, axes, height, width, signal))
    }
    return { pictures: hash.digest('hex') } satisfies PictureRecord
  }
}

async function resizeAll(
  pictures: Uint8Array,
  stored: { readonly height: number; readonly width: number },
  height: number,
  width: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const from = stored.height * stored.width * 3
  const to = height * width * 3
  const resized = new Uint8Array((pictures.length / from) * to)
  const each = Array.from({ length: pictures.length / from }, (_, i) =>
    pictures.subarray(i * from, (i + 1) * from),
  )
  const resize = (data: Uint8Array) =>
    resizePicture({ data, height: stored.height, width: stored.width }, { size: [height, width] })
  let at = 0
  for await (const { data } of mapOrdered(each, defaultConcurrency(), resize, signal)) {
    resized.set(data, at)
    at += to
  }
  return resized
}
