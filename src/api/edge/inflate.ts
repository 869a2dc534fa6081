/**
 * Inflates zlib data (RFC 1950 and 1951) as far as it is wanted and no further, whatever it holds. A block's codes cost little more
 * than the bytes that describe them, so that no file makes this slow: libraries that are quick with pictures fill a table of 32,768
 * entries for a block of 20 bytes. Checksums are not looked at.
 *
 * @param most bytes that are wanted
 * @returns what came out: at most as much as is wanted, less where the data ends before
 * @throws Error where the data is damaged
 */
export function inflate(bytes: Uint8Array, most: number): Uint8Array {
  if (
    (bytes[0]! & 15) !== 8 ||
    bytes[0]! >> 4 > 7 ||
    ((bytes[0]! << 8) | bytes[1]!) % 31 !== 0 ||
    bytes[1]! & 32
  )
    throw new Error('its data is no zlib data')
  const out = new Output(most)
  const bits = new Bits(bytes, 2)
  const described = new DescribedCodes()
  for (let last = 0; last === 0 && out.wants && !bits.ended; ) {
    last = bits.take(1)
    const kind = bits.take(2)
    if (kind === 0) copyStored(bits, out)
    else if (kind === 1) inflateBlock(bits, out, FIXED)
    else if (kind === 2) inflateBlock(bits, out, described.read(bits))
    else throw damaged()
  }
  return out.bytes
}

const damaged = () => new Error('its compressed data is damaged')

/** Bits of a file, those of a byte from the lowest up; behind its end come zeros. */
class Bits {
  readonly #bytes: Uint8Array
  #at: number
  #held = 0
  #count = 0

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  /** Whether more was taken than there is. */
  get ended(): boolean {
    return this.#at - (this.#count >> 3) > this.#bytes.length
  }

  /** The next 15 bits and maybe more. */
  look(): number {
    while (this.#count < 15) {
      this.#held |= (this.#bytes[this.#at++] ?? 0) << this.#count
      this.#count += 8
    }
    return this.#held
  }

  /** Passes bits over that were looked at. */
  skip(count: number): void {
    this.#held >>>= count
    this.#count -= count
  }

  /** @param count at most 15 */
  take(count: number): number {
    const value = this.look() & ((1 << count) - 1)
    this.skip(count)
    return value
  }

  /** The next whole bytes, from where a byte begins: fewer where there are no more. */
  takeBytes(count: number): Uint8Array {
    this.#at -= this.#count >> 3
    this.#held = 0
    this.#count = 0
    const taken = this.#bytes.subarray(this.#at, this.#at + count)
    this.#at += count
    return taken
  }

  /** Passes over what is left of a byte. */
  align(): void {
    this.skip(this.#count & 7)
  }
}

/** What came out so far. */
class Output {
  readonly #bytes: Uint8Array
  #length = 0

  constructor(most: number) {
    this.#bytes = new Uint8Array(most)
  }

  get wants(): boolean {
    return this.#length < this.#bytes.length
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  put(byte: number): void {
    this.#bytes[this.#length++] = byte
  }

  append(part: Uint8Array): void {
    const taken = part.subarray(0, this.#bytes.length - this.#length)
    this.#bytes.set(taken, this.#length)
    this.#length += taken.length
  }

  /** Repeats what came out so many bytes before. */
  repeat(length: number, distance: number): void {
    if (distance > this.#length) throw damaged()
    const end = Math.min(this.#length + length, this.#bytes.length)
    for (let at = this.#length; at < end; at++) this.#bytes[at] = this.#bytes[at - distance]!
    this.#length = end
  }
}

/** Bits of a code that are decoded by one look into a table. */
const QUICK_BITS = 9

const MOST_BITS = 15

const MOST_SYMBOLS = 288

/** Words of up to 15 bits for symbols (Huffman 1952): the same object for every block, as there may be a million of them. */
class Code {
  /** By the next nine bits: symbol × 16 + bits of its word; 0 for words that are longer. */
  readonly #quick = new Uint16Array(1 << QUICK_BITS)
  /** Words by their bits. */
  readonly #counts = new Uint16Array(MOST_BITS + 1)
  /** Symbols in the order of their words. */
  readonly #symbols = new Uint16Array(MOST_SYMBOLS)

  /** @param lengths bits of each symbol's word, 0 where it has none: of as many words as fit, or of one of a bit, or of none */
  set(lengths: Uint8Array): this {
    const counts = this.#counts.fill(0)
    for (let symbol = 0; symbol < lengths.length; symbol++) counts[lengths[symbol]!]!++
    const used = lengths.length - counts[0]!
    counts[0] = 0
    let room = 1
    let place = 0
    for (let bits = 1, word = 0; bits <= MOST_BITS; bits++) {
      word <<= 1
      room = 2 * room - counts[bits]!
      if (room < 0) throw damaged()
      PLACES[bits] = place
      WORDS[bits] = word
      place += counts[bits]!
      word += counts[bits]!
    }
    if (room > 0 && used > 0 && !(used === 1 && counts[1] === 1)) throw damaged()
    this.#quick.fill(0)
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const bits = lengths[symbol]!
      if (bits === 0) continue
      this.#symbols[PLACES[bits]!++] = symbol
      const word = WORDS[bits]!++
      if (bits > QUICK_BITS) continue
      const entry = (symbol << 4) | bits
      for (let at = backwards(word, bits); at < this.#quick.length; at += 1 << bits) this.#quick[at] = entry
    }
    return this
  }

  /** The symbol of the next bits. */
  next(bits: Bits): number {
    const held = bits.look()
    const found = this.#quick[held & (this.#quick.length - 1)]!
    if (found !== 0) {
      bits.skip(found & 15)
      return found >> 4
    }
    // Words of one length are consecutive numbers, and begin behind those that the shorter ones leave.
    for (let length = 1, word = 0, first = 0, place = 0; length <= MOST_BITS; length++) {
      word = (word << 1) | ((held >> (length - 1)) & 1)
      first <<= 1
      const count = this.#counts[length]!
      if (word - first < count) {
        bits.skip(length)
        return this.#symbols[place + word - first]!
      }
      place += count
      first += count
    }
    throw damaged()
  }
}

/** Where symbols and words of a length go on while a code is set. */
const PLACES = new Uint16Array(MOST_BITS + 1)
const WORDS = new Uint16Array(MOST_BITS + 1)

/** The lowest bits of a word in the other order. */
function backwards(word: number, bits: number): number {
  let turned = 0
  for (let bit = 0; bit < bits; bit++) turned |= ((word >> bit) & 1) << (bits - 1 - bit)
  return turned
}

/** The two codes of a block. */
interface Codes {
  /** Bytes 0 to 255, the end 256, lengths from 257 on. */
  readonly literals: Code
  readonly distances: Code
}

const END = 256

const FIXED: Codes = {
  literals: new Code().set(
    Uint8Array.from({ length: 288 }, (_, symbol) =>
      symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
    ),
  ),
  distances: new Code().set(new Uint8Array(32).fill(5)),
}

/** In which order the code of lengths is described. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** Codes that a block describes before its data. */
class DescribedCodes implements Codes {
  readonly literals = new Code()
  readonly distances = new Code()
  readonly #ofLengths = new Code()
  readonly #lengths = new Uint8Array(MOST_SYMBOLS + 32)

  read(bits: Bits): this {
    const [literals, distances, described] = [bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4]
    if (literals > 286 || distances > 30) throw damaged()
    const ofLengths = this.#lengths.subarray(0, ORDER.length).fill(0)
    for (let at = 0; at < described; at++) ofLengths[ORDER[at]!] = bits.take(3)
    this.#ofLengths.set(ofLengths)
    const lengths = this.#lengths.subarray(0, literals + distances)
    for (let at = 0; at < lengths.length; ) {
      const symbol = this.#ofLengths.next(bits)
      if (symbol < 16) {
        lengths[at++] = symbol
        continue
      }
      if (symbol === 16 && at === 0) throw damaged()
      const value = symbol === 16 ? lengths[at - 1]! : 0
      const times = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7)
      if (at + times > lengths.length) throw damaged()
      lengths.fill(value, at, at + times)
      at += times
    }
    if (lengths[END] === 0) throw damaged()
    this.literals.set(lengths.subarray(0, literals))
    this.distances.set(lengths.subarray(literals))
    return this
  }
}

/** Least lengths of what is repeated by symbol − 257, and how many bits say what comes on top. */
const LENGTHS = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
]
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]

/** The same for distances: from the fifth symbol on, two for each number of bits. */
const DISTANCE_BITS = Array.from({ length: 30 }, (_, symbol) => Math.max(0, (symbol >> 1) - 1))
const DISTANCES = DISTANCE_BITS.map((count, symbol) =>
  symbol < 2 ? symbol + 1 : ((2 | (symbol & 1)) << count) + 1,
)

function inflateBlock(bits: Bits, out: Output, { literals, distances }: Codes): void {
  while (out.wants) {
    const symbol = literals.next(bits)
    if (bits.ended || symbol === END) return
    if (symbol < END) {
      out.put(symbol)
      continue
    }
    if (symbol > 285) throw damaged()
    const length = LENGTHS[symbol - 257]! + bits.take(LENGTH_BITS[symbol - 257]!)
    const far = distances.next(bits)
    if (far > 29) throw damaged()
    const distance = DISTANCES[far]! + bits.take(DISTANCE_BITS[far]!)
    if (bits.ended) return
    out.repeat(length, distance)
  }
}

function copyStored(bits: Bits, out: Output): void {
  bits.align()
  const [length, check] = [bits.take(8) | (bits.take(8) << 8), bits.take(8) | (bits.take(8) << 8)]
  if (bits.ended) return
  if ((length ^ check) !== 0xffff) throw damaged()
  out.append(bits.takeBytes(length))
}
