const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [ARRAY, ARRAY_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d]

/** What is too much about a JSON text, or undefined where nothing is. */
export type JsonExcess = 'deep' | 'long' | undefined

/**
 * Whether a JSON text, which need not be one, has more than so many levels, or brackets, commas, colons and strings. Looks at
 * the bytes alone: parsed, 32 MiB of `{},` are a gigabyte of objects, and of `[` are as much of the parser's memory.
 *
 * @param onString called with where the quotes of each string are, of what could be one
 * @example jsonExcess(new TextEncoder().encode('[[["[[["]]]'), { depth: 3, tokens: 100 }) // undefined
 */
export function jsonExcess(
  bytes: Uint8Array,
  limits: { readonly depth: number; readonly tokens: number },
  onString?: (start: number, end: number) => void,
): JsonExcess {
  let depth = 0
  let tokens = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      const end = stringEnd(bytes, at)
      onString?.(at, end)
      at = end
    } else if (byte === ARRAY || byte === OBJECT) depth++
    else if (byte === ARRAY_END || byte === OBJECT_END) depth--
    else if (byte !== COMMA && byte !== COLON) continue
    if (depth > limits.depth) return 'deep'
    if (++tokens > limits.tokens) return 'long'
  }
  return undefined
}

/** Where the string that begins at `start` has its closing quote; the end of the text where it has none. */
function stringEnd(bytes: Uint8Array, start: number): number {
  for (let end = bytes.indexOf(QUOTE, start + 1); end >= 0; end = bytes.indexOf(QUOTE, end + 1)) {
    let escapes = 0
    while (bytes[end - 1 - escapes] === BACKSLASH) escapes++
    if (escapes % 2 === 0) return end
  }
  return bytes.length
}
