/** What the process that loads a server is told. */
export interface LoadOrder {
  readonly url: string
  readonly seconds: number
  /** Requests in flight, each followed by the next when it is answered. */
  readonly concurrency?: number
  /** Or requests per second, sent when their time has come, whatever has become of those before. */
  readonly rate?: number
}

/** What became of it. */
export interface LoadResult {
  /** From the first request to the last answer. */
  readonly seconds: number
  /** Milliseconds of each request that was answered with 200. */
  readonly answered: readonly number[]
  /** The same of those refused with 429 or 503 and Retry-After. */
  readonly refused: readonly number[]
  /** Any other end, counted by status or error. */
  readonly others: Readonly<Record<string, number>>
}

export const answeredPerSecond = ({ answered, seconds }: LoadResult): number => answered.length / seconds
