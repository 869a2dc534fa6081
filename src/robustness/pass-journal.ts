import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/types.ts'
import { fileError } from '../io/file-errors.ts'
import { lockFile } from '../io/lock-file.ts'
import type { ImageDataset } from '../io/types.ts'
import { NOISE_VERSION } from '../noise/index.ts'
import { type Pass, type PassKey, type PassStore, passName } from './pass.ts'

const FORMAT = 'puregalaxy.passes'
const FORMAT_VERSION = 1

/** What passes depend on besides their keys: pictures and their order, their scales, engine, and how noise is drawn. */
export function passIdentity(
  { hash, length }: ImageDataset,
  { name, devices }: Engine,
  indices: ArrayLike<number> | undefined,
  pixelScales: ArrayLike<number> | undefined,
): string {
  const rows = indices === undefined ? length : Array.from(indices)
  const scales = pixelScales === undefined ? null : Array.from(pixelScales)
  return createHash('sha256')
    .update(JSON.stringify([hash, rows, scales, name, devices, NOISE_VERSION]))
    .digest('hex')
}

/** Passes in a file; to be closed. */
export interface PassJournal extends PassStore {
  /** Passes that were there already. */
  readonly found: number
  /** Names of the journals of other identities in the folder. */
  readonly others: readonly string[]
  close(): Promise<void>
}

/** Name of the journal of an identity: those of other pictures or another engine stay beside it. */
export const journalName = (identity: string): string => `passes-${identity.slice(0, 12)}.ndjson`

/**
 * Opens the journal of a report: a line a pass, appended when the pass has ended and flushed; the first makes the file. A
 * line that a killed process left unfinished is cut off; a file that is no journal of this identity is begun anew.
 *
 * @param folder that holds it, which must exist
 * @param identity see {@link passIdentity}
 * @throws PureGalaxyError `io.in-use` while another process writes to it; `io.…`
 */
export async function openPassJournal(folder: string, identity: string): Promise<PassJournal> {
  const path = join(folder, journalName(identity))
  const lock = await lockFile(`${path}.lock`, path).catch((error) => {
    throw fileError(error, path)
  })
  let handle: FileHandle | undefined
  try {
    const header = `${JSON.stringify({ format: FORMAT, version: FORMAT_VERSION, identity })}\n`
    const { passes, length } = await readJournal(path, header)
    let end = length
    const append = async (text: string) => {
      const { bytesWritten } = await handle!.write(text, end)
      end += bytesWritten
      await handle!.datasync()
    }
    if (length > 0) {
      handle = await open(path, 'r+')
      await handle.truncate(length)
    }
    /** A journal without a pass is no file. */
    const begin = async () => {
      handle = await open(path, 'w')
      await append(header)
    }
    return {
      found: passes.size,
      others: await otherJournals(folder, journalName(identity)),
      get: (key) => passes.get(passName(key)),
      async put(key, pass) {
        passes.set(passName(key), pass)
        try {
          if (handle === undefined) await begin()
          await append(`${JSON.stringify(encode(key, pass))}\n`)
        } catch (error) {
          throw fileError(error, path)
        }
      },
      async close() {
        try {
          await handle?.close()
        } finally {
          await lock.release()
        }
      },
    }
  } catch (error) {
    await handle?.close()
    await lock.release()
    throw fileError(error, path)
  }
}

async function otherJournals(folder: string, own: string): Promise<string[]> {
  const names = await readdir(folder)
  return names.filter((name) => name !== own && /^passes-[0-9a-f]+\.ndjson$/.test(name)).sort()
}

/** Passes of a journal with that header, and how many of its bytes are whole lines; nothing of any other. */
async function readJournal(
  path: string,
  header: string,
): Promise<{ passes: Map<string, Pass>; length: number }> {
  const passes = new Map<string, Pass>()
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { passes, length: 0 }
    throw error
  }
  const first = Buffer.from(header)
  if (!bytes.subarray(0, first.length).equals(first)) return { passes, length: 0 }
  let start = first.length
  for (let end = bytes.indexOf(10, start); end >= 0; end = bytes.indexOf(10, start)) {
    const line = decode(bytes.toString('utf8', start, end))
    if (line === undefined) break
    passes.set(passName(line.key), line.pass)
    start = end + 1
  }
  return { passes, length: start }
}

interface Line extends PassKey, Pick<Pass, 'tally'> {
  readonly predictions: string
  readonly confidences: string
  /** Of the rest of the line: what a hand has changed is measured anew. */
  readonly check: string
}

const checkOf = (line: Omit<Line, 'check'>): string =>
  createHash('sha256').update(JSON.stringify(line)).digest('hex').slice(0, 16)

const base64 = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')

function encode(key: PassKey, { predictions, confidences, tally }: Pass): Line {
  const line = { ...key, tally, predictions: base64(predictions), confidences: base64(confidences) }
  return { ...line, check: checkOf(line) }
}

/** Undefined for a line that is not whole. */
function decode(text: string): { key: PassKey; pass: Pass } | undefined {
  try {
    const { check, ...line } = JSON.parse(text) as Line
    if (check !== checkOf(line)) return undefined
    const { predictions, confidences, tally, ...key } = line
    const [p, c] = [predictions, confidences].map(
      (data) => Uint8Array.from(Buffer.from(data, 'base64')).buffer,
    )
    return { key, pass: { predictions: new Int32Array(p!), confidences: new Float32Array(c!), tally } }
  } catch {
    return undefined
  }
}
