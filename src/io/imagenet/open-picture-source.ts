import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { userCacheFolder } from '../../user-cache-folder.ts'
import { writeFileAtomic } from '../atomic.ts'
import { sourceIdentity } from '../cache/index.ts'
import { fileError } from '../file-errors.ts'
import { indexTar, sniffArchive, type TarIndex, unpackToTar } from '../tar/index.ts'
import type { OpenDatasetOptions } from '../types.ts'
import { FolderSource } from './folder-source.ts'
import type { PictureSource } from './picture-source.ts'
import { TarSource } from './tar-source.ts'

/** Archives with fewer members are indexed faster than an index is fetched and checked. */
const WORTH_KEEPING = 100_000

/**
 * Opens a folder of pictures or a tar of one. A compressed tar is decompressed once into the cache folder; the index of
 * a large one is kept there.
 *
 * @throws PureGalaxyError `io.archive`, `io.format` where a file is no tar, `io.not-found` …
 */
export async function openPictureSource(path: string, options: OpenDatasetOptions): Promise<PictureSource> {
  const found = await stat(path).catch((error) => {
    throw fileError(error, path)
  })
  if (found.isDirectory()) return new FolderSource(path)
  const compression = await sniffArchive(path)
  if (compression === undefined) {
    throw new PureGalaxyError(
      'io.format',
      `${path} is no tar archive, compressed or not. Name a folder of class folders, or a tar of one.`,
    )
  }
  const folder = options.cacheDirectory ?? join(userCacheFolder(), 'archives')
  const tar = compression === 'none' ? path : await unpackToTar(path, compression, folder, options)
  const identity = await sourceIdentity(path)
  return TarSource.open(tar, await indexOnce(tar, identity, folder, options), path, identity)
}

async function indexOnce(
  tar: string,
  identity: string,
  folder: string,
  options: OpenDatasetOptions,
): Promise<TarIndex> {
  const kept = join(folder, `${basename(tar)}.${identity.slice(0, 16)}.index.json`)
  const known = await readFile(kept, 'utf8')
    .then(JSON.parse)
    .catch(() => undefined)
  if (known?.identity === identity) return known.index as TarIndex
  const index = await indexTar(tar, options)
  if (index.names.length >= WORTH_KEEPING) {
    // Without it the next command takes a minute longer, and that is all.
    await writeFileAtomic(kept, JSON.stringify({ identity, index })).catch(() => undefined)
  }
  return index
}
