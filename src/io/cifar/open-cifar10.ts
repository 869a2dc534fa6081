import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { type FlatCache, openFlatCache, type PictureSink } from '../cache/index.ts'
import { fileError } from '../file-errors.ts'
import { mapOrdered, resizePicture } from '../pictures/index.ts'
import { sniffArchive } from '../tar/index.ts'
import type { ImageDataset, OpenDatasetOptions } from '../types.ts'
import { archiveSource } from './archive-source.ts'
import { BINARY_FILES } from './binary-version.ts'
import { CIFAR10, CIFAR10_SIZE, type Cifar10Subset, cifar10Subset } from './cifar10-classes.ts'
import { type Cifar10Source, emptyError, isPythonBatch, pythonError } from './cifar10-source.ts'
import { binaryFolderSource, pictureFolderSource } from './folder-sources.ts'

/** What is kept beside the pictures in the cache. A type and not an interface: only those are assignable to JSON values. */
type Cifar10Record = {
  /** SHA-256 of labels and pixels as they come from the file: the same whatever size they are resized to. */
  readonly hash: string
  readonly labels: readonly number[]
  /** Null in the binary version, which has no names. */
  readonly ids: readonly string[] | null
}

const PICTURE_BYTES = CIFAR10_SIZE * CIFAR10_SIZE * 3

/** Pictures written to the cache at once. */
const BATCH = 512

/**
 * Opens CIFAR-10: the binary version (`data_batch_1.bin` …), or pictures in `train/<class>/` and `test/<class>/`, in a
 * folder or in a tar (as it is, or compressed with gzip or xz). The first time the pictures are decoded into a flat cache;
 * an archive is read as a stream, without unpacking it.
 *
 * @param options `subset` `train` (default) or `test`; `size` other than 32 × 32 is resized to while decoding
 * @throws PureGalaxyError `io.cifar.*`, `io.archive`, `io.format`, those of `decodePicture` and `openFlatCache`
 * @example
 *   const dataset = await openCifar10('cifar-10-binary.tar.gz', { subset: 'test' }) // 10,000 pictures
 *   await dataset.read([0, 9_999], new Uint8Array(2 * 32 * 32 * 3))
 */
export async function openCifar10(path: string, options: OpenDatasetOptions = {}): Promise<ImageDataset> {
  const source = await findSource(path, cifar10Subset(path, options.subset))
  options.onClasses?.(path, CIFAR10)
  const [height, width] = options.size ?? [CIFAR10_SIZE, CIFAR10_SIZE]
  const cache = await openFlatCache({
    source: source.file,
    recipe: source.recipe,
    height,
    width,
    count: source.count,
    cacheDirectory: options.cacheDirectory ?? source.cacheDirectory,
    onProgress: options.onProgress,
    signal: options.signal,
    produce: (sink) => decodeInto(sink, source, [height, width], options.signal),
  })
  return new Cifar10Dataset(path, cache)
}

async function findSource(path: string, subset: Cifar10Subset): Promise<Cifar10Source> {
  const found = await stat(path).catch((error) => {
    throw fileError(error, path)
  })
  if (!found.isDirectory()) {
    const compression = await sniffArchive(path)
    if (compression !== undefined) return archiveSource(path, compression, subset)
    throw new PureGalaxyError(
      'io.format',
      `${path} is no tar archive, compressed or not. Name a folder or tar of CIFAR-10.`,
    )
  }
  // The archives of the authors hold one such folder, and people unpack them.
  for (const folder of [path, join(path, 'cifar-10-batches-bin'), join(path, 'cifar-10-batches-py')]) {
    const names = await readdir(folder).catch((): string[] => [])
    if (BINARY_FILES[subset].some((name) => names.includes(name))) return binaryFolderSource(folder, subset)
    if (names.includes(subset)) return pictureFolderSource(folder, subset)
    if (names.some(isPythonBatch)) throw pythonError(folder)
  }
  throw emptyError(path)
}

/** Decodes all pictures into the cache, gathered to larger writes. */
async function decodeInto(
  sink: PictureSink,
  source: Cifar10Source,
  size: readonly [number, number],
  signal?: AbortSignal,
): Promise<Cifar10Record> {
  const hash = createHash('sha256')
  const labels: number[] = []
  const ids: string[] = []
  let gathered: Uint8Array[] = []
  let count = 0
  const flush = async () => {
    await sink.append(await resized(Buffer.concat(gathered), size))
    gathered = []
    count = 0
  }
  for await (const batch of source.batches(signal)) {
    hash.update(batch.pixels)
    for (let i = 0; i < batch.labels.length; i++) labels.push(batch.labels[i]!)
    ids.push(...(batch.ids ?? []))
    gathered.push(batch.pixels)
    count += batch.labels.length
    if (count >= BATCH) await flush()
  }
  if (count > 0) await flush()
  hash.update(Uint8Array.from(labels))
  return { hash: hash.digest('hex'), labels, ids: ids.length > 0 ? ids : null }
}

async function resized(pixels: Uint8Array, [height, width]: readonly [number, number]): Promise<Uint8Array> {
  if (height === CIFAR10_SIZE && width === CIFAR10_SIZE) return pixels
  const pictures = Array.from({ length: pixels.length / PICTURE_BYTES }, (_, i) =>
    pixels.subarray(i * PICTURE_BYTES, (i + 1) * PICTURE_BYTES),
  )
  const out = new Uint8Array(pictures.length * height * width * 3)
  let at = 0
  const resize = (data: Uint8Array) =>
    resizePicture({ data, height: CIFAR10_SIZE, width: CIFAR10_SIZE }, { size: [height, width] })
  for await (const { data } of mapOrdered(pictures, 8, resize)) {
    out.set(data, at)
    at += data.length
  }
  return out
}

class Cifar10Dataset implements ImageDataset {
  readonly path: string
  readonly hash: string
  readonly length: number
  readonly height: number
  readonly width: number
  readonly classes = CIFAR10
  readonly labels: Int32Array
  readonly allowed = undefined
  readonly ids: readonly string[] | undefined
  readonly ra = undefined
  readonly dec = undefined
  readonly #cache: FlatCache

  constructor(path: string, cache: FlatCache) {
    const record = cache.extra as Cifar10Record
    this.path = path
    this.hash = record.hash
    this.length = cache.count
    this.height = cache.height
    this.width = cache.width
    this.labels = Int32Array.from(record.labels)
    this.ids = record.ids ?? undefined
    this.#cache = cache
  }

  read(indices: ArrayLike<number>, out: Uint8Array): Promise<void> {
    return this.#cache.read(indices, out)
  }

  close(): Promise<void> {
    return this.#cache.close()
  }
}
