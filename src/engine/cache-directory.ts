import { join } from 'node:path'
import envPaths from 'env-paths'

/** Where lowered programs are kept: `PUREGALAXY_CACHE`, else the user's cache folder as the system knows it. */
export function programCacheDirectory(): string {
  return join(process.env.PUREGALAXY_CACHE || envPaths('puregalaxy', { suffix: '' }).cache, 'programs')
}
