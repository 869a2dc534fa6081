import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'

/** Nobody writes a program for so long: who began it was ended. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000

/** What the names of files that are being written end with. */
export const TEMPORARY = '.tmp'

/** Notes that a file was used now, for {@link boundFolder}. Failures are ignored. */
export async function noteUse(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => {})
}

/**
 * Removes from a folder what was used longest ago, by the files' times of modification, until the rest takes no more
 * than `limit` bytes, and what writers that were ended left behind. Other processes may do the same; failures are ignored.
 *
 * @param limit bytes of all files together, those being written apart
 */
export async function boundFolder(folder: string, limit: number): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      const info = await stat(path).catch(() => undefined)
      return info?.isFile() ? [{ path, size: info.size, used: info.mtimeMs }] : []
    }),
  )
  let bytes = 0
  for (const { path, size, used } of files.flat().sort((a, b) => b.used - a.used)) {
    const temporary = path.endsWith(TEMPORARY)
    if (!temporary) bytes += size
    const goes = temporary ? Date.now() - used > ABANDONED_AFTER_MS : bytes > limit
    if (goes) await rm(path, { force: true }).catch(() => {})
  }
}
