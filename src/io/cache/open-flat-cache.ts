import { createHash } from 'node:crypto'
import { type FileHandle, open, statfs } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { makeFolder } from '../../make-folder.ts'
import { userCacheFolder } from '../../user-cache-folder.ts'
import { atomicPath } from '../atomic.ts'
import { fileError } from '../file-errors.ts'
import { FlatCache } from './flat-cache.ts'
import { PIXELS_OFFSET } from './format.ts'
import { removeStaleCaches } from './housekeeping.ts'
import { sourceIdentity } from './source-identity.ts'
import { type FlatCacheOrigin, type PictureProducer, writeFlatCache } from './write-flat-cache.ts'

/** Which pictures are wanted, and how to get them where no cache holds them yet. */
export interface FlatCacheRequest {
  /** The file that the pictures come from. */
  readonly source: string
  /**
   * What decides the pixels besides the source: the subset, the way of resizing, the version of the code that decodes.
   * Height and width need not be repeated.
   */
  readonly recipe: string
  readonly height: number
  readonly width: number
  /** Number of pictures, where it is known before they are decoded: free space and result are checked against it. */
  readonly count?: number
  /** Folder for the cache; default: beside the source, or the user's cache folder where that cannot be written. */
  readonly cacheDirectory?: string
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
  /** Decodes the pictures, in order; called only where no valid cache is found. */
  readonly produce: PictureProducer
}

/**
 * Opens the flat cache of a file's pictures, and builds it first where there is none, or where the file has changed.
 *
 * The cache is keyed by the source's identity (size, time, first and last MiB), the recipe and the size of the
 * pictures. It is written under a temporary name and renamed: two processes may build the same cache at once, the last
 * rename wins and both read valid files; a killed one leaves only a temporary file, which a later command removes.
 *
 * @throws PureGalaxyError `io.not-found` (source), `io.no-space`, `io.permission`, `io.read-only`, or what `produce` throws
 * @example
 *   const cache = await openFlatCache({ source: 'cifar.tar.xz', recipe: 'cifar-tar 1 train', height: 32, width: 32,
 *     produce: async (sink) => { for await (const { pixels } of pictures) await sink.append(pixels); return labels } })
 *   await cache.read([5, 3], batch)
 */
export async function openFlatCache(request: FlatCacheRequest): Promise<FlatCache> {
  const source = resolve(request.source)
  const identity = await sourceIdentity(source)
  const { height, width } = request
  const key = createHash('sha256')
    .update(JSON.stringify([identity, request.recipe, height, width]))
    .digest('hex')
  const origin = { key, identity, source, height, width }
  const name = `${basename(source)}.${key.slice(0, 16)}.pgcache`
  const folders = request.cacheDirectory
    ? [resolve(request.cacheDirectory)]
    : [dirname(source), join(userCacheFolder(), 'pictures')]
  for (const folder of folders) {
    const cache = await FlatCache.open(join(folder, name), key)
    if (cache === undefined) continue
    await removeStaleCaches(folder, source, identity)
    return cache
  }
  const folder = await build(folders, name, origin, request)
  const built = await FlatCache.open(join(folder, name), key)
  if (built === undefined) {
    throw new PureGalaxyError(
      'io.cache-damaged',
      `${join(folder, name)} was written and cannot be read back. Check the disk.`,
    )
  }
  await removeStaleCaches(folder, source, identity)
  return built
}

/** Builds in the first of `folders` that can be written and has the space, and returns it. */
async function build(
  folders: string[],
  name: string,
  origin: FlatCacheOrigin,
  request: FlatCacheRequest,
): Promise<string> {
  const bytes = PIXELS_OFFSET + (request.count ?? 0) * origin.height * origin.width * 3
  const refusals: PureGalaxyError[] = []
  for (const folder of folders) {
    const path = join(folder, name)
    // What a power failure tears is found by the checksums; waiting for gigabytes to reach the disk would cost far more.
    const target = atomicPath(path, { flush: false })
    try {
      const handle = await createFile(target.temporary, path, bytes, origin.source).catch((error) => {
        if (error instanceof PureGalaxyError) refusals.push(error)
        else throw error
      })
      if (handle === undefined) continue
      try {
        await writeFlatCache(handle, origin, request.produce, request)
      } finally {
        await handle.close()
      }
      await target.commit()
      return folder
    } catch (error) {
      await target.abort().catch(() => undefined)
      throw fileError(error, path)
    }
  }
  const advice = 'Or name a folder on another disk for caches (PUREGALAXY_CACHE).'
  throw new PureGalaxyError(refusals[0]!.code, [...refusals.map((error) => error.message), advice].join(' '))
}

/** Opens an empty file in a folder that is made if need be and has the space. */
async function createFile(
  temporary: string,
  path: string,
  bytes: number,
  source: string,
): Promise<FileHandle> {
  try {
    await makeFolder(dirname(path))
    await requireSpace(dirname(path), bytes, source)
    return await open(temporary, 'wx')
  } catch (error) {
    throw fileError(error, path)
  }
}

async function requireSpace(folder: string, bytes: number, source: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= bytes) return
  const gigabytes = (n: number) => `${(n / 1e9).toPrecision(3)} GB`
  throw new PureGalaxyError(
    'io.no-space',
    `The decoded pictures of ${source} need ${gigabytes(bytes)} in ${folder}, where ${gigabytes(bavail * bsize)} are free. Free some space there.`,
  )
}
