import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { PureGalaxyError } from '../errors.ts'
import { fileError } from './file-errors.ts'

/** What stands in a folder; links are not followed. */
export interface FolderEntry {
  /** Where it is not UTF-8, all that is not ASCII stands as bytes (`caf\xE9.jpg`), and nothing can be opened by it. */
  readonly name: string
  readonly isUtf8: boolean
  readonly kind: 'file' | 'folder' | 'link' | 'other'
}

/** What Node puts in the place of bytes that are not UTF-8. */
const REPLACEMENT = '\uFFFD'

/**
 * The entries of a folder, in no order.
 *
 * @throws PureGalaxyError `io.not-found`, `io.permission`, `io.not-a-folder` …
 */
export async function readFolder(folder: string): Promise<FolderEntry[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    if (!entries.some(({ name }) => name.includes(REPLACEMENT)))
      return entries.map((entry) => ({ name: entry.name, isUtf8: true, kind: kindOf(entry) }))
    const raw = await readdir(Buffer.from(folder), { withFileTypes: true, encoding: 'buffer' })
    return raw.map((entry) => ({ ...decodeName(entry.name), kind: kindOf(entry) }))
  } catch (error) {
    throw fileError(error, folder)
  }
}

/** Says of a path with such a name why it cannot be read. */
export const nameEncodingError = (path: string): PureGalaxyError =>
  new PureGalaxyError(
    'io.name-encoding',
    `${path}: this name is not UTF-8 (each \\x.. is a byte of it). Rename the file.`,
  )

function decodeName(bytes: Buffer): Pick<FolderEntry, 'name' | 'isUtf8'> {
  const name = bytes.toString()
  if (bytes.equals(Buffer.from(name))) return { name, isUtf8: true }
  const printable = [...bytes].map((byte) =>
    byte >= 0x20 && byte < 0x7f
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  )
  return { name: printable.join(''), isUtf8: false }
}

function kindOf(entry: Dirent<string> | Dirent<Buffer>): FolderEntry['kind'] {
  if (entry.isDirectory()) return 'folder'
  if (entry.isFile()) return 'file'
  return entry.isSymbolicLink() ? 'link' : 'other'
}
