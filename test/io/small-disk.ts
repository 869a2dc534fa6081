import { execFileSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { afterEach } from 'vitest'

/**
 * A function that makes a folder which holds no more than 1 MiB, or so many MiB, and tells whether this user may do so (root on Linux
 * may). Must be called after `useFolder`, whose folder it lies in: what was registered last is undone first.
 */
export function useSmallDisk(): (path: string, mebibytes?: number) => Promise<boolean> {
  const mounted: string[] = []
  afterEach(() => {
    for (const path of mounted.splice(0)) execFileSync('umount', [path])
  })
  return async (path, mebibytes = 1) => {
    await mkdir(path)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path], { stdio: 'ignore' })
      mounted.push(path)
      return true
    } catch {
      return false
    }
  }
}
