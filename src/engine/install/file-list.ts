import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { libraryDefect } from '../xla/library-defect.ts'
import { type Installation, MANIFEST } from './installation.ts'

/** In an installation: bytes of each of its files, by its path with `/`. */
const FILE_LIST = 'files.json'

/** Notes which files there are in a folder, so that `installationDefect` misses those that are removed or cut off. */
export async function writeFileList(folder: string): Promise<void> {
  const sizes: Record<string, number> = {}
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) sizes[relative(folder, path).split(sep).join('/')] = (await stat(path)).size
  }
  await writeFile(join(folder, FILE_LIST), JSON.stringify(sizes))
}

/**
 * Looks for files of an installation that are missing or have another size. Of one without a list of its files only the
 * library is looked at.
 *
 * @returns null where all is there, else what is wrong first, as a sentence without its full stop
 */
export async function installationDefect({ folder, library }: Installation): Promise<string | null> {
  for (const [path, size] of Object.entries(await readFileList(folder))) {
    if (path === MANIFEST) continue
    const found = await stat(join(folder, path)).catch(() => undefined)
    if (!found?.isFile()) return `${join(folder, path)} is missing`
    if (found.size !== size)
      return `${join(folder, path)} is damaged: it has ${found.size} bytes, not ${size}`
  }
  const path = join(folder, library)
  const wrong = await libraryDefect(path).catch(() => 'is missing')
  return wrong === null ? null : `${path} ${wrong}`
}

async function readFileList(folder: string): Promise<Readonly<Record<string, number>>> {
  try {
    return JSON.parse(await readFile(join(folder, FILE_LIST), 'utf8'))
  } catch {
    return {}
  }
}
