import { PureGalaxyError } from '../errors.ts'

/** What one server takes at most. All are whole numbers above 0. */
export interface ApiLimits {
  /** Bytes of a request's body. */
  readonly bodyBytes: number
  /** Bytes of all bodies that are held at once; at least `bodyBytes`. */
  readonly heldBytes: number
  /** Pixels (height × width) of a picture, known from its header before it is decoded. */
  readonly pixels: number
  /** Pictures of a request. */
  readonly items: number
  /** Characters of a picture's identifier. */
  readonly idLength: number
  /** Requests for classification in work at once. */
  readonly requests: number
  /** The same of one key. */
  readonly requestsPerKey: number
  /** Pictures a second of one key, on average: it may send those of 10 seconds at once, and one request more. */
  readonly rate: number
  /** Pictures that a model has admitted and not answered; at least `items`. */
  readonly queue: number
  /** Pictures being decoded at once; on Node no more than libuv has threads (4, or `UV_THREADPOOL_SIZE`). */
  readonly decoders: number
  /** Pictures of a full batch. */
  readonly batch: number
  /** Milliseconds that a picture waits for its batch to fill. */
  readonly batchDelay: number
  /** Milliseconds for a whole request, from its header to its last row. */
  readonly deadline: number
}

export const DEFAULT_LIMITS: ApiLimits = {
  bodyBytes: 32 * 2 ** 20,
  heldBytes: 256 * 2 ** 20,
  pixels: 25_000_000,
  items: 256,
  idLength: 256,
  requests: 64,
  requestsPerKey: 32,
  rate: 1000,
  queue: 1024,
  decoders: 4,
  batch: 16,
  batchDelay: 5,
  deadline: 30_000,
}

/**
 * The defaults with what is given in their place.
 *
 * @throws PureGalaxyError `api.limits` for one that is no whole number above 0, or a queue shorter than a request, or bodies held that are less than
 *   one
 */
export function completeLimits(given: Partial<ApiLimits> = {}): ApiLimits {
  const limits = { ...DEFAULT_LIMITS, ...given }
  for (const [name, value] of Object.entries(limits)) {
    if (!(Number.isSafeInteger(value) && value >= 1))
      throw new PureGalaxyError(
        'api.limits',
        `The limit ${name} is ${value}; expected a whole number above 0.`,
      )
  }
  if (limits.queue < limits.items)
    throw new PureGalaxyError(
      'api.limits',
      `The queue takes ${limits.queue} pictures and a request may bring ${limits.items}: raise the one or lower the other.`,
    )
  if (limits.heldBytes < limits.bodyBytes)
    throw new PureGalaxyError(
      'api.limits',
      `The server holds bodies of ${limits.heldBytes} bytes in all and one may have ${limits.bodyBytes}: raise the one or lower the other.`,
    )
  return limits
}
