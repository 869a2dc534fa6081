import { PureGalaxyError } from '../errors.ts'

const QUOTE = 0x22

/** Bytes of a text that is worth being left out. */
const LONG = 4096

/**
 * A JSON that is parsed without its long texts. Pictures in base64 are nearly all of a large body; to decode them, have the
 * parser copy them and collect the copies was most of the time for which such a body held up everybody else. They stay
 * the bytes that they are, and are looked at (`textOf`) when their pictures' turn has come.
 */
export class LongTexts {
  readonly #bytes: Uint8Array
  readonly #idLength: number
  /** Where they are, by what stands for them. */
  readonly #texts = new Map<string, readonly [start: number, end: number]>()
  // Nobody who sends a body knows what will stand for what.
  readonly #secret = crypto.randomUUID()

  /** @param idLength characters of the longest text that is read otherwise */
  constructor(bytes: Uint8Array, { idLength }: { readonly idLength: number }) {
    this.#bytes = bytes
    this.#idLength = idLength
  }

  /** Bytes of the JSON. */
  get length(): number {
    return this.#bytes.length
  }

  /** Takes note of a string, if it is long. @param start its first quote; @param end its last, or the end of all */
  readonly see = (start: number, end: number): void => {
    if (end - start <= Math.max(LONG, 4 * this.#idLength) || this.#bytes[end] !== QUOTE) return
    // Longer than an identifier may be: where one is expected, it is refused as the text would be.
    const name = `${this.#secret} ${this.#texts.size}`.padEnd(this.#idLength + 1)
    this.#texts.set(name, [start + 1, end])
  }

  /**
   * The JSON, with something else in the place of each long text that was seen.
   *
   * @throws PureGalaxyError `api.json`
   */
  parse(): unknown {
    try {
      const decoder = new TextDecoder('utf-8', { fatal: true })
      let [text, at] = ['', 0]
      for (const [name, [start, end]] of this.#texts) {
        text += decoder.decode(this.#bytes.subarray(at, start), { stream: true }) + name
        at = end
      }
      return JSON.parse(text + decoder.decode(this.#bytes.subarray(at)))
    } catch (cause) {
      throw new PureGalaxyError('api.json', 'The body is no JSON in UTF-8.', { cause })
    }
  }

  /** The bytes between the quotes, part of the memory of the JSON, where a text is a long one; else the text. */
  resolve(text: string): Uint8Array | string {
    const place = this.#texts.get(text)
    return place === undefined ? text : this.#bytes.subarray(...place)
  }
}

/**
 * The text of bytes that stood between quotes in a JSON.
 *
 * @throws SyntaxError where they could not
 */
export function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes)
  return /[\\\p{Cc}]/u.test(text) ? (JSON.parse(`"${text}"`) as string) : text
}
