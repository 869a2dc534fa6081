import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PureGalaxyError } from '../src/errors.ts'
import { fileError } from '../src/io/file-errors.ts'
import { makeFolder as makeMissingFolders } from '../src/make-folder.ts'

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/**
 * Checks, before any work, that an output can be given its name: that its folder is there, and that nothing stands under
 * the name unless it may be replaced.
 *
 * @throws PureGalaxyError `cli.exists`; `cli.no-folder`
 */
export async function refuseToReplace(path: string, force = false): Promise<void> {
  if (!force && (await exists(path))) {
    throw new PureGalaxyError(
      'cli.exists',
      `${path} exists already. Choose another name, or replace it with --force.`,
    )
  }
  const folder = dirname(path)
  const status = await stat(folder).catch(() => undefined)
  if (status !== undefined && !status.isDirectory()) {
    throw new PureGalaxyError(
      'cli.no-folder',
      `${path} cannot be written: ${folder} is a file, and a folder was expected. Choose another name.`,
    )
  }
  if (status === undefined) {
    throw new PureGalaxyError(
      'cli.no-folder',
      `${path} cannot be written: there is no folder ${folder}. Make it first.`,
    )
  }
}

/** Makes a folder, and those above it, unless it is there. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeMissingFolders(path)
  } catch (error) {
    // A file of that name: mkdir says that it exists, which helps nobody.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new PureGalaxyError(
        'cli.no-folder',
        `${path} is a file, and a folder was expected. Choose another name.`,
      )
    }
    throw fileError(error, path)
  }
}
