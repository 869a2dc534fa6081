import { createHash, randomBytes } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { isRunning } from '../running-process.ts'

/** What follows the final name: process, machine and a random part. Earlier versions wrote no machine. */
const SUFFIX = /^(\d+)-([0-9a-f]{6})?[0-9a-f]{8}\.tmp$/

/** Nobody writes a file for so long without a byte reaching it: on another machine, too, it was left behind. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000

/** Tells machines apart that share a folder: a number of a process means something on its own machine only. */
const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 6)

/** A hidden name in the folder of `path` under which this process may write what is to be `path`. */
export function temporaryName(path: string): string {
  const suffix = `${process.pid}-${machine}${randomBytes(4).toString('hex')}`
  return join(dirname(path), `${prefixOf(path)}${suffix}.tmp`)
}

/**
 * Removes the temporary files for `path` whose process is gone: killed, it could not do so itself. Those of other
 * machines go when nothing was written to them for a day. Failures are ignored: the next writer tries again.
 */
export async function removeAbandoned(path: string): Promise<void> {
  const folder = dirname(path)
  const prefix = prefixOf(path)
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid, host] = (name.startsWith(prefix) && SUFFIX.exec(name.slice(prefix.length))) || []
    if (pid === undefined) continue
    const file = join(folder, name)
    const abandoned =
      host === machine ? !isRunning(Number(pid)) : (await restedFor(file)) > ABANDONED_AFTER_MS
    if (abandoned) await rm(file, { force: true }).catch(() => undefined)
  }
}

/** Names are limited to 255 bytes: a long name must not become unwritable by its temporary suffix. */
const prefixOf = (path: string) => `.${firstBytes(basename(path), 200)}.`

/** The characters of a text that fit into so many bytes of UTF-8. */
function firstBytes(text: string, most: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(most))
  return text.slice(0, read)
}

async function restedFor(path: string): Promise<number> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
  return Date.now() - mtimeMs
}
