/**
 * Inflates zlib data (RFC 1950) by what workerd, browsers and Node bring, as far as it is wanted and no further, whatever it
 * holds.
 *
 * @param most bytes that are wanted
 * @returns what came out: all, or the first `most` bytes
 * @throws Error where the data is damaged, or ends before it should
 */
export async function inflate(bytes: Uint8Array<ArrayBuffer>, most: number): Promise<Uint8Array> {
  const out = new Uint8Array(most)
  let length = 0
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate')).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return out.subarray(0, length)
      const part = value.subarray(0, most - length)
      out.set(part, length)
      length += part.length
      if (part.length < value.length) return out
    }
  } catch (cause) {
    throw new Error('its compressed data is damaged', { cause })
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
