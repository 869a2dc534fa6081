import { createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { makeFolder } from '../../make-folder.ts'
import { atomicPath } from '../atomic.ts'
import { sourceIdentity } from '../cache/index.ts'
import { fileError } from '../file-errors.ts'
import { type ArchiveCompression, archiveError, openDecompressed } from './open-decompressed.ts'

/**
 * Decompresses an archive once into `folder`, so that its members can be read at random; finds it there the next time.
 *
 * @param folder made if need be
 * @returns path of the uncompressed tar
 * @throws PureGalaxyError `io.archive`, `io.no-space` …; the signal's reason
 */
export async function unpackToTar(
  path: string,
  compression: Exclude<ArchiveCompression, 'none'>,
  folder: string,
  options: { onProgress?: (done: number, total: number) => void; signal?: AbortSignal } = {},
): Promise<string> {
  const identity = await sourceIdentity(path)
  const tar = join(folder, `${basename(path)}.${identity.slice(0, 16)}.tar`)
  if (await stat(tar).catch(() => undefined)) return tar
  await makeFolder(folder).catch((error) => {
    throw fileError(error, folder)
  })
  const target = atomicPath(tar)
  try {
    const bytes = await openDecompressed(path, compression, options.onProgress)
    await pipeline(bytes, createWriteStream(target.temporary), { signal: options.signal })
    await target.commit()
    return tar
  } catch (error) {
    await target.abort().catch(() => undefined)
    options.signal?.throwIfAborted()
    // The decompressor's errors name the archive already; what is left is about writing.
    throw archiveError(tar, error)
  }
}
