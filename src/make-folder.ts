import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it, as far as they are missing.
 *
 * Node's own `mkdir(…, { recursive: true })` never returns where the system says that a folder under an existing one
 * does not exist (`/proc/x`): it makes the parent, finds it there, and tries again for ever.
 *
 * @throws what `mkdir` throws: EACCES, EROFS, ENOTDIR, ENOSPC, ENOENT …; EEXIST where a file of that name is there
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') {
      // Fails as ENOTDIR or EEXIST should where it is a file, passes where it is a folder.
      await mkdir(path, { recursive: true })
      return
    }
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await mkdir(path).catch((second: NodeJS.ErrnoException) => {
      if (second.code !== 'EEXIST') throw second
    })
  }
}
