import { open, rename, rm } from 'node:fs/promises'
import { fileError } from './file-errors.ts'
import { removeAbandoned, temporaryName } from './temporary-name.ts'

/** A file being written under a temporary name in the folder of its final one. */
export interface AtomicPath {
  /** Write here. The file does not exist yet. */
  readonly temporary: string
  /** Gives the temporary file its final name, replacing what was there, when its bytes have reached the disk. */
  commit(): Promise<void>
  /** Removes the temporary file. Safe to call after `commit` or twice. */
  abort(): Promise<void>
}

/**
 * A temporary name beside `path`, for writers that need a name and not bytes. Rename is atomic within a folder, so
 * readers see the old file or the whole new one; a killed process leaves at most a `.tmp` file, which goes when the next
 * writer of the same name asks for its own.
 *
 * @param path final name; its folder must exist
 * @param options `flush` false: `commit` does not wait for the disk. For large files that are checked when they are read
 *   and can be made again
 * @throws PureGalaxyError from `commit`, `io.no-space`, `io.permission`, `io.read-only`, `io.not-found` …
 * @example
 *   const file = atomicPath('galaxies.h5')
 *   try { await write(file.temporary); await file.commit() } finally { await file.abort() }
 */
export function atomicPath(path: string, { flush = true }: { flush?: boolean } = {}): AtomicPath {
  const temporary = temporaryName(path)
  const cleaned = removeAbandoned(path)
  let committed = false
  return {
    temporary,
    async commit() {
      await cleaned
      try {
        if (flush) await flushToDisk(temporary)
        await rename(temporary, path)
        committed = true
      } catch (error) {
        await rm(temporary, { force: true })
        throw fileError(error, path)
      }
    },
    async abort() {
      await cleaned
      if (!committed) await rm(temporary, { force: true })
    },
  }
}

async function flushToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Writes a whole file: under a temporary name in the same folder, flushed, then renamed. When anything fails nothing is
 * left behind and what was under `path` stays.
 *
 * @param path final name; its folder must exist
 * @param data text is written as UTF-8
 * @throws PureGalaxyError `io.no-space`, `io.permission`, `io.read-only`, `io.not-a-folder`, `io.not-found` …
 * @example await writeFileAtomic('split.json', JSON.stringify(split))
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const target = atomicPath(path)
  try {
    const handle = await open(target.temporary, 'wx')
    try {
      await handle.writeFile(data)
    } finally {
      await handle.close()
    }
    await target.commit()
  } catch (error) {
    await target.abort().catch(() => undefined)
    throw fileError(error, path)
  }
}
