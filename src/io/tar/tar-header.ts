/** What one 512-byte header of a tar archive says (POSIX ustar, with GNU's and pax's extensions). */
export interface TarHeader {
  readonly name: string
  /** Bytes of content that follow, before padding. */
  readonly size: number
  /** `0` regular file, `5` folder, `L` GNU long name, `x` pax header of the next member, `g` pax header of all … */
  readonly type: string
}

export const BLOCK_BYTES = 512

/** Content is padded to whole blocks. */
export const paddedSize = (size: number): number => Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES

export const isZeroBlock = (block: Buffer): boolean => block.every((byte) => byte === 0)

/**
 * Decodes a header.
 *
 * @param block 512 bytes
 * @throws Error where the checksum is wrong
 */
export function decodeTarHeader(block: Buffer): TarHeader {
  let sum = 8 * 0x20
  for (let i = 0; i < BLOCK_BYTES; i++) if (i < 148 || i >= 156) sum += block[i]!
  if (octal(block, 148, 8) !== sum) throw new Error('a header has a wrong checksum')
  const name = text(block, 0, 100)
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block, 345, 155) : ''
  const type = block.toString('latin1', 156, 157)
  return {
    name: prefix ? `${prefix}/${name}` : name,
    size: number(block, 124, 12),
    type: type === '\0' ? '0' : type,
  }
}

/** The records of a pax header: lines of "length key=value". */
export function decodePax(content: Buffer): Map<string, string> {
  const records = new Map<string, string>()
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at)
    const length = Number(content.toString('latin1', at, space))
    if (space < 0 || !(length > 0)) break
    const record = content.toString('utf8', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    records.set(record.slice(0, equals), record.slice(equals + 1))
    at += length
  }
  return records
}

/** Text up to the first zero. */
export function text(block: Buffer, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end === -1 ? length : end)
}

const octal = (block: Buffer, offset: number, length: number): number =>
  Number.parseInt(text(block, offset, length).trim() || '0', 8)

/** A size: octal digits, or where these do not suffice GNU's big-endian binary, marked by the highest bit. */
function number(block: Buffer, offset: number, length: number): number {
  if ((block[offset]! & 0x80) === 0) return octal(block, offset, length)
  let value = 0
  for (let i = 1; i < length; i++) value = value * 256 + block[offset + i]!
  return value
}
