/** CRC-32 of ISO 3309 (zlib, PNG), by the byte. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0)
  return remainder
})

/** CRC-32 of arrays' bytes, one behind the other: finds what a disk or a copy damaged. */
export function crc32(...parts: readonly ArrayBufferView[]): number {
  let state = 0xffffffff
  for (const { buffer, byteOffset, byteLength } of parts) {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength)
    for (let at = 0; at < bytes.length; at++) state = TABLE[(state ^ bytes[at]!) & 0xff]! ^ (state >>> 8)
  }
  return ~state >>> 0
}
