import { type FileHandle, open } from 'node:fs/promises'

/** e_machine of the processors that Node runs on. */
const MACHINES: Readonly<Record<number, string>> = {
  62: 'x64',
  183: 'arm64',
  3: 'ia32',
  40: 'arm',
  243: 'riscv64',
}
const PT_LOAD = 1
/** Bytes of a program header, e_phentsize. */
const ENTRY = 56

/**
 * Looks into a shared library before it is loaded: the system's loader maps what the header promises, and a file that
 * ends before that takes the whole process with it (SIGBUS). Linux only; elsewhere nothing is looked at.
 *
 * Source: System V ABI, ELF-64 object file format (header and program headers, little endian).
 *
 * @returns null where it may be loaded, else what is wrong, as the end of a sentence that begins with its path
 */
export async function libraryDefect(path: string): Promise<string | null> {
  if (process.platform !== 'linux') return null
  let file: FileHandle | undefined
  try {
    file = await open(path)
    return await defectOf(file)
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`
  } finally {
    await file?.close()
  }
}

async function defectOf(file: FileHandle): Promise<string | null> {
  const { size } = await file.stat()
  const header = Buffer.alloc(64)
  await file.read(header, 0, 64, 0)
  if (header.toString('latin1', 0, 4) !== '\x7fELF' || header[4] !== 2)
    return 'is no shared library of this system'
  const machine = MACHINES[header.readUInt16LE(18)] ?? 'another processor'
  if (machine !== process.arch) return `is for ${machine}, and this is ${process.arch}`
  const [offset, length, count] = [
    header.readBigUInt64LE(32),
    header.readUInt16LE(54),
    header.readUInt16LE(56),
  ]
  if (count > 0 && length !== ENTRY) return 'is no shared library of this system'
  const table = Buffer.alloc(ENTRY * count)
  if (offset + BigInt(table.length) > BigInt(size)) return `is cut off: it ends after ${size} bytes`
  await file.read(table, 0, table.length, Number(offset))
  for (let at = 0; at < table.length; at += ENTRY) {
    const end = table.readBigUInt64LE(at + 8) + table.readBigUInt64LE(at + 32)
    if (table.readUInt32LE(at) === PT_LOAD && end > BigInt(size))
      return `is cut off: it ends after ${size} of ${end} bytes`
  }
  return null
}
