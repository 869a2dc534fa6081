/**
 * A rate on average, and bursts within it: holds so many tokens, and so many come in a second. What is taken may be more than
 * there is, so that a large piece of work is not refused for ever; then there is a debt, and nothing to be had until it is paid.
 *
 * @example
 * const bucket = new TokenBucket({ rate: 10, size: 100 })
 * if (bucket.wait() === 0) bucket.take(256)
 */
export class TokenBucket {
  #rate: number
  #size: number
  readonly #now: () => number
  #tokens: number
  #since: number

  /**
   * @param rate tokens a second, above 0
   * @param size most tokens that it holds, at least 1; it begins full
   * @param now milliseconds of a clock
   */
  constructor({
    rate,
    size,
    now = () => performance.now(),
  }: { rate: number; size: number; now?: () => number }) {
    this.#rate = rate
    this.#size = size
    this.#now = now
    this.#tokens = size
    this.#since = now()
  }

  /** Seconds until there is a token; 0 where there is one. */
  wait(): number {
    this.#refill()
    return Math.max(0, (1 - this.#tokens) / this.#rate)
  }

  /** Goes on at another rate, with what it holds or is owed, as far as that is no more than its new size. */
  change({ rate, size }: { rate: number; size: number }): void {
    this.#refill()
    this.#rate = rate
    this.#size = size
    this.#tokens = Math.min(size, this.#tokens)
  }

  take(tokens: number): void {
    this.#refill()
    this.#tokens -= tokens
  }

  #refill(): void {
    const now = this.#now()
    this.#tokens = Math.min(this.#size, this.#tokens + ((now - this.#since) / 1000) * this.#rate)
    this.#since = now
  }
}
