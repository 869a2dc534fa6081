import { createHash, type Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { PredictionEncoding } from './prediction-format.ts'

const CHUNK_BYTES = 1024 * 1024
const QUOTE = 0x22
const LINE_END = 0x0a

/** What a file of predictions that was cut off holds. */
export interface PartialPredictions {
  /** Whole rows, the header not counted. */
  readonly rows: number
  /** Length of the header and the whole rows. */
  readonly bytes: number
  /** `hashId` of each row's identifier, in order. */
  readonly idHash: Hash
  /** The header, or the first row where the format has none; absent in a file without a whole line. */
  readonly first?: Buffer
  /** The last whole row. */
  readonly last?: Buffer
}

/** Adds an identifier to the hash by which the inputs of two runs are compared. */
export const hashId = (hash: Hash, id: string): Hash => hash.update(`${Buffer.byteLength(id)} ${id}`)

/**
 * Finds the whole rows of a file that may end anywhere. It is read once, front to back, in pieces: a catalogue of ten
 * million rows is several gigabytes.
 */
export async function scanPartialPredictions(
  handle: FileHandle,
  encoding: PredictionEncoding,
  signal?: AbortSignal,
): Promise<PartialPredictions> {
  const idHash = createHash('sha256')
  let rows = encoding.header === '' ? 0 : -1
  let bytes = 0
  let first: Buffer | undefined
  let last: Buffer | undefined
  let rest = Buffer.alloc(0)
  let inQuotes = false
  for (let position = 0; ; ) {
    signal?.throwIfAborted()
    const chunk = Buffer.alloc(CHUNK_BYTES)
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position)
    if (bytesRead === 0) return { rows: Math.max(0, rows), bytes, idHash, first, last }
    position += bytesRead
    let at = rest.length
    rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
    let start = 0
    for (; at < rest.length; at++) {
      const byte = rest[at]
      if (byte === QUOTE && encoding.quoted) inQuotes = !inQuotes
      else if (byte === LINE_END && !inQuotes) {
        const record = rest.subarray(start, at + 1)
        if (rows >= 0) {
          hashId(idHash, encoding.id(record))
          last = record
        }
        first ??= record
        rows++
        bytes += record.length
        start = at + 1
      }
    }
    rest = rest.subarray(start)
  }
}
