import { createHash } from 'node:crypto'
import type { SplitSource } from './split-source.ts'

/** The columns that a hash may cover, beside the number of rows. */
export const HASHED_FIELDS = ['ra', 'dec', 'labels', 'allowed', 'ids'] as const
export type HashedField = (typeof HASHED_FIELDS)[number]

/** The columns that a source has. */
export function hashedFieldsOf(source: SplitSource): HashedField[] {
  return HASHED_FIELDS.filter((field) => source[field] !== undefined)
}

/**
 * SHA-256 of the number of rows and of the named columns, in hexadecimal. What it covers is the rows' order and
 * identity, so that a split stays valid for a copy, a repacked file or another picture size, and a split made from a
 * list of coordinates alone fits the data set with the same coordinates.
 *
 * Layout: each part begins with its name and a line feed; numbers follow in little-endian double precision, and
 * identifiers in UTF-8 with a NUL after each.
 */
export function dataHash(source: SplitSource, fields: readonly HashedField[]): string {
  const hash = createHash('sha256')
  hash.update('rows\n')
  hash.update(littleEndian([source.length]))
  for (const field of fields) {
    const column = source[field]
    if (column === undefined) continue
    hash.update(`${field}\n`)
    for (let start = 0; start < column.length; start += BLOCK) {
      const block = column.slice(start, start + BLOCK)
      hash.update(isText(block) ? block.map((id) => `${id}\0`).join('') : littleEndian(block))
    }
  }
  return hash.digest('hex')
}

/** Rows hashed at a time. */
const BLOCK = 65536

type Column = readonly string[] | Float64Array | Int32Array | Uint16Array

function isText(column: Column): column is readonly string[] {
  return Array.isArray(column)
}

function littleEndian(values: ArrayLike<number>): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(8 * values.length))
  for (let at = 0; at < values.length; at++) {
    // One NaN among many: their bits must not matter.
    bytes.setFloat64(8 * at, Number.isNaN(values[at]!) ? Number.NaN : values[at]!, true)
  }
  return new Uint8Array(bytes.buffer)
}
