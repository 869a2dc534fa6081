import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { makeFolder } from '../../make-folder.ts'
import { atomicPath } from '../atomic.ts'
import { sourceIdentity } from '../cache/index.ts'
import { fileError } from '../file-errors.ts'
import { type ArchiveCompression, archiveError, openDecompressed } from './open-decompressed.ts'

/** Unpacking writes without rest, and its last flush ends sooner: an older temporary file was left by a killed run. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000

/** What follows an archive's prefix in the name of its tar, and of the index that may be kept beside it. */
const TAR_SUFFIX = /^[0-9a-f]{16}\.tar(\.[0-9a-f]{16}\.index\.json)?$/

/**
 * Decompresses an archive once into `folder`, so that its members can be read at random; finds it there the next time.
 * What an earlier content of the same archive, or a killed run, left in `folder` is removed.
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
  // The folder is shared: the path tells archives of one name apart, the identity their contents.
  const place = createHash('sha256').update(resolve(path)).digest('hex').slice(0, 8)
  const prefix = `${basename(path)}.${place}.`
  const tar = join(folder, `${prefix}${identity.slice(0, 16)}.tar`)
  await removeStale(folder, prefix, basename(tar))
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

/** Failures are ignored: the next command tries again. */
async function removeStale(folder: string, prefix: string, present: string): Promise<void> {
  for (const entry of await readdir(folder).catch(() => [])) {
    const path = join(folder, entry)
    const isOlder =
      entry.startsWith(prefix) && TAR_SUFFIX.test(entry.slice(prefix.length)) && !entry.startsWith(present)
    const isTemporary = entry.startsWith(`.${prefix}`) && entry.endsWith('.tmp')
    if (isOlder || (isTemporary && (await restedFor(path)) > ABANDONED_AFTER_MS))
      await rm(path, { force: true }).catch(() => undefined)
  }
}

async function restedFor(path: string): Promise<number> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
  return Date.now() - mtimeMs
}
