import { readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { makeFolder } from '../../make-folder.ts'
import { isRunning } from '../../running-process.ts'
import { type InstallableName, installationFolder } from './installation.ts'

/** Ends the name of an installation that is being replaced. */
const OLD = '.old'

/**
 * Makes an installation in a folder of its own and gives it its final name when `work` is done: what was killed leaves
 * nothing there but a folder that the next call removes, and what failed leaves nothing at all. An installation of that
 * name is replaced.
 *
 * @param megabytes room that `work` wants
 * @throws PureGalaxyError `engine.not-writable`, `engine.disk-full`; what `work` throws
 */
export async function inStaging<T>(
  name: InstallableName,
  megabytes: number,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const final = installationFolder(name)
  const staging = join(dirname(final), `.${name}.${process.pid}.staging`)
  try {
    await makeFolder(dirname(final))
    await removeLeftovers(name)
    await makeFolder(staging)
  } catch (error) {
    throw notWritable(dirname(final), error)
  }
  try {
    await checkRoom(staging, megabytes)
    const result = await work(staging)
    await replace(final, staging)
    return result
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => {})
  }
}

/** Gives a folder the name of an installation; where that fails, the one that had it keeps it. */
async function replace(final: string, made: string): Promise<void> {
  const old = `${made}${OLD}`
  await rename(final, old).catch(ignoreMissing)
  try {
    await rename(made, final)
  } catch (error) {
    await rename(old, final).catch(ignoreMissing)
    throw notWritable(final, error)
  }
  await rm(old, { recursive: true, force: true }).catch(() => {})
}

/**
 * Removes an installation and what killed installations of that name left.
 *
 * @returns whether there was one
 * @throws PureGalaxyError `engine.not-writable`
 */
export async function removeInstallation(name: InstallableName): Promise<boolean> {
  const final = installationFolder(name)
  try {
    await removeLeftovers(name)
    // Out of sight first: who looks for it meanwhile sees all of it or none.
    const old = join(dirname(final), `.${name}.${process.pid}.staging`)
    await rename(final, old)
    await rm(old, { recursive: true, force: true })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw new PureGalaxyError(
      'engine.not-writable',
      `${final} cannot be removed (${error instanceof Error ? error.message : String(error)}). Run the command again where, and as ` +
        'who, it may be written.',
      { cause: error },
    )
  }
}

/** Removes folders whose process has ended; a replaced installation whose successor never came gets its name back. */
async function removeLeftovers(name: InstallableName): Promise<void> {
  const final = installationFolder(name)
  const root = dirname(final)
  for (const entry of await readdir(root).catch(() => [] as string[])) {
    const owner = entry.startsWith(`.${name}.`) ? /\.(\d+)\.staging/.exec(entry)?.[1] : undefined
    // A folder of this process's number is of an earlier process that had it.
    if (owner === undefined || (Number(owner) !== process.pid && isRunning(Number(owner)))) continue
    const path = join(root, entry)
    if (entry.endsWith(OLD) && !(await stat(final).catch(() => undefined))) await rename(path, final)
    else await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

async function checkRoom(folder: string, megabytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = Math.floor((bavail * bsize) / 1e6)
  // Wheels lie beside what comes out of them until all are unpacked.
  if (free < 2 * megabytes)
    throw new PureGalaxyError(
      'engine.disk-full',
      `The installation wants ${2 * megabytes} MB while it is made (${megabytes} MB afterwards), and ${dirname(folder)} ` +
        `has ${free} MB left. Make room, or set PUREGALAXY_CACHE to a folder on another disk.`,
    )
}

const notWritable = (folder: string, cause: unknown) =>
  new PureGalaxyError(
    'engine.not-writable',
    `${folder} cannot be written (${cause instanceof Error ? cause.message : String(cause)}). Set PUREGALAXY_CACHE to a ` +
      'folder that you may write to.',
    { cause },
  )

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
