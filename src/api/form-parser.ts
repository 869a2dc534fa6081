import { MultipartParser, type MultipartParserOptions, type MultipartPart } from '@remix-run/multipart-parser'
import { joinBytes } from './join-bytes.ts'

/** Bytes that may stand before the first boundary, which clients fill with a sentence at most. */
const PREAMBLE_BYTES = 64 * 1024

const [CR, LF] = [13, 10]

/**
 * Takes a form apart as it comes. Of RFC 2046, section 5.1.1: "implementations must ignore anything that appears before the first
 * boundary delimiter line or after the last one".
 */
export class FormParser {
  readonly #parser: MultipartParser
  /** The first boundary, at the beginning of a line. */
  readonly #opening: Uint8Array
  /** The end of what was passed over, in which the boundary may begin; undefined once it was found. The first line begins as others do. */
  #before: Uint8Array | undefined = Uint8Array.of(CR, LF)
  #passed = 0
  #ended = false

  constructor(boundary: string, options: MultipartParserOptions) {
    this.#parser = new MultipartParser(boundary, options)
    this.#opening = new TextEncoder().encode(`\r\n--${boundary}`)
  }

  /** The parts that are whole with these bytes. @throws where they are of no form, or more than the options allow */
  *write(bytes: Uint8Array): Generator<MultipartPart, void, undefined> {
    const form = this.#before === undefined ? bytes : this.#pass(this.#before, bytes)
    if (form === undefined || this.#ended) return
    yield* this.#parser.write(form)
    this.#ended = this.#isWhole()
  }

  /** @throws where its end has not come */
  finish(): void {
    this.#parser.finish()
  }

  /** What there is from the first boundary on. */
  #pass(before: Uint8Array, bytes: Uint8Array): Uint8Array | undefined {
    const { length } = this.#opening
    const text = joinBytes([before, bytes.subarray(0, PREAMBLE_BYTES + length)])
    const start = indexOf(text, this.#opening)
    const preamble = this.#passed + (start === -1 ? bytes.length - length : start - before.length)
    if (preamble > PREAMBLE_BYTES) throw new Error(`no boundary in the first ${PREAMBLE_BYTES} bytes`)
    this.#passed += bytes.length
    this.#before = start === -1 ? text.slice(1 - length) : undefined
    if (start === -1) return undefined
    const at = start + 2 - before.length
    return at >= 0 ? bytes.subarray(at) : joinBytes([before.subarray(at), bytes])
  }

  /** The parser takes nothing behind the end, and tells of the end by this alone. */
  #isWhole(): boolean {
    try {
      this.#parser.finish()
      return true
    } catch {
      return false
    }
  }
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(wanted[0]!); at !== -1; at = bytes.indexOf(wanted[0]!, at + 1))
    if (wanted.every((byte, place) => bytes[at + place] === byte)) return at
  return -1
}
