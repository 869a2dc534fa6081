/** Signatures at their offsets, as Latin-1 text. */
const SIGNATURES = [
  ['JPEG', 0, '\xff\xd8\xff'],
  ['PNG', 0, '\x89PNG\r\n\x1a\n'],
  ['WebP', 8, 'WEBPVP8'],
] as const

/**
 * What picture the bytes are by their beginning, whatever their sender calls them: of the formats that files may have
 * (`src/io/pictures`) only these three are taken from strangers.
 *
 * @example pictureType(new Uint8Array([0xff, 0xd8, 0xff, 0xe0])) // 'JPEG'
 */
export function pictureType(bytes: Uint8Array): 'JPEG' | 'PNG' | 'WebP' | undefined {
  return SIGNATURES.find(([, offset, signature]) =>
    Array.from(signature).every((letter, at) => bytes[offset + at] === letter.charCodeAt(0)),
  )?.[0]
}
