import { PureGalaxyError } from '../errors.ts'
import { philox4x32 } from './philox.ts'
import { poissonVariate } from './poisson.ts'

const TWO_32 = 2 ** 32
const TWO_NEGATIVE_32 = 2 ** -32
const TWO_NEGATIVE_53 = 2 ** -53

/** Marks the counters that derive keys, so that no stream ever emits the words its children are keyed with. */
const DERIVATION_BIT = 0x80000000

/**
 * A stream of random numbers named by a seed and a path of integers: `new RandomStream(seed, epoch, index)`.
 *
 * Equal names give equal streams, different names independent ones, so that work may be cut into batches or spread
 * over workers in any way and still draw the same numbers. The words are those of Philox4x32-10: seed and path are
 * absorbed one integer at a time into its key and the upper half of its counter, the lower half counts blocks.
 *
 * @example
 * const stream = new RandomStream(1, 42)
 * stream.uniform() // the same on every machine
 */
export class RandomStream {
  readonly #key0: number
  readonly #key1: number
  readonly #counter2: number
  readonly #counter3: number
  readonly #block = new Uint32Array(4)
  readonly #uniform = () => this.uniform()
  #position = 4
  #blockIndex = 0
  #spareNormal = Number.NaN

  /**
   * @param seed integer, 0 to 2⁵³ − 1
   * @param path integers of the same range: what the numbers are for (epoch, picture, purpose …)
   * @throws `random.seed` when one of them is anything else
   */
  constructor(seed: number, ...path: number[]) {
    const block = this.#block
    let depth = 0
    for (const part of [seed, ...path]) {
      if (!Number.isSafeInteger(part) || part < 0) {
        const name = depth === 0 ? 'seed' : 'part of the path of a random stream'
        throw new PureGalaxyError(
          'random.seed',
          `The ${name} is ${part}; expected an integer from 0 to ${Number.MAX_SAFE_INTEGER}.`,
        )
      }
      const high = Math.floor(part / TWO_32) | DERIVATION_BIT
      philox4x32((part % TWO_32) | 0, high, block[2]!, block[3]!, block[0]!, block[1]!, block)
      depth++
    }
    this.#key0 = block[0]!
    this.#key1 = block[1]!
    this.#counter2 = block[2]!
    this.#counter3 = block[3]!
  }

  /** An integer from 0 to 2³² − 1. */
  uint32(): number {
    if (this.#position === 4) {
      const index = this.#blockIndex++
      const high = Math.floor(index / TWO_32)
      philox4x32(index, high, this.#counter2, this.#counter3, this.#key0, this.#key1, this.#block)
      this.#position = 0
    }
    return this.#block[this.#position++]!
  }

  /** A number in [0, 1), a multiple of 2⁻⁵³. */
  uniform(): number {
    const high = this.uint32() >>> 5
    const low = this.uint32() >>> 6
    return (high * 0x4000000 + low) * TWO_NEGATIVE_53
  }

  /**
   * A normal variate of mean 0 and variance 1 (Box and Muller 1958). One word each for radius and angle: no value
   * lies beyond 6.8 standard deviations. Variates come in pairs; the second waits for the next call.
   */
  normal(): number {
    const spare = this.#spareNormal
    if (!Number.isNaN(spare)) {
      this.#spareNormal = Number.NaN
      return spare
    }
    const radius = Math.sqrt(-2 * Math.log((this.uint32() + 0.5) * TWO_NEGATIVE_32))
    const angle = this.uint32() * (2 * Math.PI * TWO_NEGATIVE_32)
    this.#spareNormal = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  /**
   * An integer from 0 to n − 1, each equally likely: words of the incomplete last round are drawn again.
   * @throws `random.range` unless n is an integer from 1 to 2³²
   */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > TWO_32) {
      throw new PureGalaxyError('random.range', `Cannot draw an integer below ${n}; expected 1 to ${TWO_32}.`)
    }
    const limit = TWO_32 - (TWO_32 % n)
    let word = this.uint32()
    while (word >= limit) word = this.uint32()
    return word % n
  }

  /**
   * A Poisson variate, exact up to rounding (see `poissonVariate`).
   * @param rate mean, 0 to 2⁵⁰
   * @throws `random.range` where the rate is outside
   */
  poisson(rate: number): number {
    if (!(rate >= 0 && rate <= 2 ** 50)) {
      throw new PureGalaxyError('random.range', `A Poisson rate is ${rate}; expected 0 to 2^50.`)
    }
    return poissonVariate(rate, this.#uniform)
  }

  /** Puts the elements in random order, in place (Fisher and Yates, Durstenfeld's form). Returns the array. */
  shuffle<T extends { readonly length: number; [index: number]: unknown }>(array: T): T {
    const items: { [index: number]: unknown } = array
    for (let last = array.length - 1; last > 0; last--) {
      const other = this.integer(last + 1)
      const held = items[last]
      items[last] = items[other]
      items[other] = held
    }
    return array
  }

  /** The integers 0 to n − 1 in random order. */
  permutation(n: number): Uint32Array {
    const order = new Uint32Array(n)
    for (let index = 0; index < n; index++) order[index] = index
    return this.shuffle(order)
  }
}
