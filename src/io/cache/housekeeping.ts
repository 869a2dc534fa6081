import { open, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { decodeHeader, PIXELS_OFFSET } from './format.ts'

/** A builder writes far more often than this; a temporary file that has rested longer was left by a killed one. */
const ABANDONED_AFTER_MS = 2 * 60 * 1000

/** What follows the source's name in the name of a cache, and of a cache that is being written (see atomic.ts). */
const CACHE_SUFFIX = /^\.[0-9a-f]{16}\.pgcache$/
const TEMPORARY_SUFFIX = /^\.[0-9a-f]{16}\.pgcache\.\d+-[0-9a-f]+\.tmp$/

/**
 * Removes what is of no more use beside a cache that is valid now: caches of the same source with another content, and
 * temporary files that killed builders left. Other sizes of the same content stay. Failures are ignored: the next
 * command tries again.
 *
 * @param folder where the cache lies
 * @param source absolute path of the file that was cached
 * @param identity the source's present identity
 */
export async function removeStaleCaches(folder: string, source: string, identity: string): Promise<void> {
  const name = basename(source)
  const entries = await readdir(folder).catch(() => [])
  for (const entry of entries) {
    const path = join(folder, entry)
    if (entry.startsWith(`${name}.`) && CACHE_SUFFIX.test(entry.slice(name.length))) {
      const header = await readHeader(path)
      const isOfSource = folder === dirname(source) || header?.source === source
      if (header !== undefined && isOfSource && header.identity !== identity)
        await rm(path, { force: true }).catch(() => undefined)
    } else if (entry.startsWith(`.${name}.`) && TEMPORARY_SUFFIX.test(entry.slice(name.length + 1))) {
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
      if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(path, { force: true }).catch(() => undefined)
    }
  }
}

async function readHeader(path: string) {
  const handle = await open(path, 'r').catch(() => undefined)
  if (handle === undefined) return undefined
  try {
    const block = Buffer.alloc(PIXELS_OFFSET)
    await handle.read(block, 0, block.length, 0)
    return decodeHeader(block)
  } catch {
    return undefined
  } finally {
    await handle.close()
  }
}
