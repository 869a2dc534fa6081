/** Bytes of a block. */
const BLOCK = 65_536

/** The same bytes in few pieces: a body may come byte by byte, and each piece costs far more than a byte. */
export async function* inBlocks(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const block = new Uint8Array(BLOCK)
  let filled = 0
  for await (const bytes of body) {
    const large = bytes.length > BLOCK / 2
    if (filled > 0 && (large || filled + bytes.length > BLOCK)) {
      yield block.slice(0, filled)
      filled = 0
    }
    if (large) yield bytes
    else {
      block.set(bytes, filled)
      filled += bytes.length
    }
  }
  if (filled > 0) yield block.slice(0, filled)
}
