/** Seconds over which a rate is smoothed. */
const MEMORY = 20

/** How quickly a job's rows get results, of late. */
export class JobPace {
  #last: number
  /** Rows and seconds, both fading. */
  #rows = 0
  #seconds = 0

  /** @param now seconds */
  constructor(now: number) {
    this.#last = now
  }

  /** Rows were completed. */
  add(rows: number, now: number): void {
    const seconds = now - this.#last
    const keep = Math.exp(-seconds / MEMORY)
    this.#rows = this.#rows * keep + rows
    this.#seconds = this.#seconds * keep + seconds
    this.#last = now
  }

  /** Rows a second; undefined until some are completed. */
  get rate(): number | undefined {
    return this.#rows > 0 && this.#seconds > 0 ? this.#rows / this.#seconds : undefined
  }
}
