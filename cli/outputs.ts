import { open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PureGalaxyError } from '../src/errors.ts'
import { exists } from '../src/io/exists.ts'
import { fileError } from '../src/io/file-errors.ts'
import { temporaryName } from '../src/io/temporary-name.ts'
import { makeFolder as makeMissingFolders, removeEmptyFolders } from '../src/make-folder.ts'

/**
 * Checks, before any work, that an output can be given its name: that its folder is there and takes a file, and that
 * nothing stands under the name unless it may be replaced.
 *
 * @throws PureGalaxyError `cli.exists`; `cli.no-folder`; `io.permission`, `io.read-only` …
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
  await tryFolder(path)
}

/**
 * Makes and removes a file beside an output. Devices and pipes are written to as they are, and nothing comes beside them.
 *
 * @param named what a person knows it by
 */
async function tryFolder(path: string, named = path): Promise<void> {
  const present = await stat(path).catch(() => undefined)
  if (present !== undefined && !present.isFile()) return
  const trial = temporaryName(path)
  try {
    await (await open(trial, 'wx')).close()
    await rm(trial, { force: true })
  } catch (error) {
    // The folder is there, so what does not exist is the way to make a file in it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new PureGalaxyError(
        'cli.no-folder',
        `${named} cannot be written: the system takes no files in ${dirname(path)}. Choose another folder.`,
      )
    }
    throw fileError(error, named)
  }
}

/**
 * Makes a folder, and those above it, unless it is there.
 *
 * @returns the uppermost that it made; undefined where all were there
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return await makeMissingFolders(path)
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

/**
 * Makes a folder for what `work` is to write, and sees to it that it takes files. Where work fails before it has written anything the folder goes again: what is
 * refused leaves nothing.
 */
export async function inFolder<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  const made = await makeFolder(path)
  try {
    await tryFolder(join(path, 'trial'), path)
    return await work()
  } catch (error) {
    if (made !== undefined) await removeEmptyFolders(path, made)
    throw error
  }
}
