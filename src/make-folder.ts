import { mkdir, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it, as far as they are missing.
 *
 * Node's own `mkdir(…, { recursive: true })` never returns where the system says that a folder under an existing one
 * does not exist (`/proc/x`): it makes the parent, finds it there, and tries again for ever.
 *
 * @returns the uppermost that it made; undefined where all were there
 * @throws what `mkdir` throws: EACCES, EROFS, ENOTDIR, ENOSPC, ENOENT …; EEXIST where a file of that name is there
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    await mkdir(path)
    return path
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') {
      // Fails as ENOTDIR or EEXIST should where it is a file, passes where it is a folder.
      await mkdir(path, { recursive: true })
      return undefined
    }
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    const above = await makeFolder(dirname(path))
    await mkdir(path).catch((second: NodeJS.ErrnoException) => {
      if (second.code !== 'EEXIST') throw second
    })
    return above ?? path
  }
}

/**
 * Takes away folders that {@link makeFolder} made, as long as they are empty.
 *
 * @param made what it returned for `path`
 */
export async function removeEmptyFolders(path: string, made: string): Promise<void> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      await rmdir(folder)
    } catch {
      // Somebody has put something there, or taken it away: it is theirs.
      return
    }
    if (folder === made || dirname(folder) === folder) return
  }
}
