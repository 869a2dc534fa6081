import { resolve } from 'node:path'
import envPaths from 'env-paths'

/**
 * The folder for what can be made again: `PUREGALAXY_CACHE` where it is set and not empty, else the platform's cache
 * folder (`~/.cache/puregalaxy` on Linux, which honours `XDG_CACHE_HOME`). It may not exist yet.
 *
 * @returns an absolute path
 */
export function userCacheFolder(): string {
  const chosen = process.env.PUREGALAXY_CACHE
  return resolve(chosen || envPaths('puregalaxy', { suffix: '' }).cache)
}
