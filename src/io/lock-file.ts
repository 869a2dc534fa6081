import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { PureGalaxyError } from '../errors.ts'
import { isRunning } from '../running-process.ts'

/** Locks of this process: a file with its number that is not among them was left by an earlier process of that number. */
const held = new Set<string>()

/** A lock that is held until it is released. */
export interface FileLock {
  /** Removes the lock's file. Safe to call twice. */
  release(): Promise<void>
}

/**
 * Takes a lock: a new file that holds this process's number. One that a killed process left is taken over; processes of
 * other machines are not seen, so for a folder that several machines share the lock is as good as their numbers differ.
 *
 * @param path of the lock's file
 * @param target the file that the lock is for, as a person knows it
 * @throws PureGalaxyError `io.in-use` while a running process holds it; the file system's errors as they are
 */
export async function lockFile(path: string, target: string): Promise<FileLock> {
  const absolute = resolve(path)
  if (held.has(absolute)) throw inUse(path, target, process.pid)
  held.add(absolute)
  try {
    if (!(await create(path))) {
      const owner = await ownerOf(path)
      if (owner === undefined || (owner !== process.pid && isRunning(owner))) throw inUse(path, target, owner)
      await removeStale(path, target, owner)
      // Another process may have seen the same stale file and been faster.
      if (!(await create(path))) throw inUse(path, target, await ownerOf(path))
    }
  } catch (error) {
    held.delete(absolute)
    throw error
  }
  return {
    async release() {
      if (!held.has(absolute)) return
      await rm(path, { force: true })
      held.delete(absolute)
    },
  }
}

/** Whether the file was made; false where there is one. What could not be written whole is removed. */
async function create(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    await rm(path, { force: true }).catch(() => undefined)
    throw error
  }
}

/**
 * Removes the lock of a process that is gone. It is moved aside first: where another process was faster it is that one's
 * lock by now, and is put back.
 */
async function removeStale(path: string, target: string, owner: number): Promise<void> {
  const aside = `${path}.${process.pid}`
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const moved = await ownerOf(aside)
  if (moved !== owner) {
    await rename(aside, path)
    throw inUse(path, target, moved)
  }
  await rm(aside, { force: true })
}

/** Number of the process that a lock names; undefined where it is gone, or made but not written yet. */
async function ownerOf(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return /^[1-9]\d*\n$/.test(text) ? Number(text) : undefined
}

function inUse(path: string, target: string, owner: number | undefined): PureGalaxyError {
  const who = owner === undefined ? 'another process' : `process ${owner}`
  return new PureGalaxyError(
    'io.in-use',
    `${target} is being written by ${who}. Wait for it, or choose another path; where it does not run, remove ${path}.`,
  )
}
