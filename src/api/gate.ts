import { PureGalaxyError } from '../errors.ts'
import type { Client } from './keys.ts'
import type { ApiLimits } from './limits.ts'
import { RetryLater } from './problem.ts'
import { TokenBucket } from './token-bucket.ts'

/** A request that was let in. */
export interface Admission {
  /**
   * Counts bytes of its body as held.
   *
   * @throws PureGalaxyError `api.busy` when all bodies together are more than the server holds
   */
  hold(bytes: number): void
  /** Counts pictures against the rate of the key. What is more than the key has left must be waited for before the next request. */
  spend(pictures: number): void
  /** Ends the request and gives back what it held. To be called once. */
  leave(): void
}

type GateLimits = Pick<ApiLimits, 'requests' | 'requestsPerKey' | 'rate' | 'heldBytes'>

/** Seconds whose pictures a key that was silent may send at once. */
const BURST = 10

/**
 * Counts the requests in work, in all and by key, the bytes of their bodies, and the pictures of a key in a time. What is too
 * much is refused, not queued.
 */
export class Gate {
  readonly #limits: GateLimits
  readonly #perKey = new Map<string, number>()
  readonly #buckets = new Map<string, TokenBucket>()
  #requests = 0
  #bytes = 0
  #closed = false
  #onEmpty: (() => void) | undefined

  constructor(limits: GateLimits) {
    this.#limits = limits
  }

  /**
   * @param client where there are keys
   * @throws PureGalaxyError `api.not-ready`, `api.busy`, `api.too-many-requests`, `api.rate`
   */
  enter(client?: Client): Admission {
    if (this.#closed)
      throw new PureGalaxyError('api.not-ready', 'The server is being stopped. Ask another, or try again.')
    if (this.#requests >= this.#limits.requests)
      throw new PureGalaxyError(
        'api.busy',
        `The server works on ${this.#requests} requests and takes no more. Try again.`,
      )
    const key = client?.name
    const ofKey = key === undefined ? 0 : (this.#perKey.get(key) ?? 0)
    if (ofKey >= (client?.requests ?? this.#limits.requestsPerKey))
      throw new PureGalaxyError(
        'api.too-many-requests',
        `This key has ${ofKey} requests in work, and that is all it may have. Wait for one to end.`,
      )
    const bucket = client && this.#bucket(client)
    const wait = Math.ceil(bucket?.wait() ?? 0)
    if (wait > 0)
      throw new RetryLater(
        'api.rate',
        `This key has sent as many pictures as it may for now. Wait for ${wait} s.`,
        wait,
      )
    this.#requests++
    if (key !== undefined) this.#perKey.set(key, ofKey + 1)
    let held = 0
    return {
      hold: (bytes) => {
        if (this.#bytes + bytes > this.#limits.heldBytes)
          throw new PureGalaxyError('api.busy', 'The server holds as many bodies as it can. Try again.')
        held += bytes
        this.#bytes += bytes
      },
      spend: (pictures) => bucket?.take(pictures),
      leave: () => {
        this.#bytes -= held
        this.#requests--
        if (key !== undefined) this.#release(key)
        if (this.#requests === 0) this.#onEmpty?.()
      },
    }
  }

  get requests(): number {
    return this.#requests
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Lets nobody in any more; resolves when all have left. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#requests > 0)
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve
      })
  }

  /** The bucket of all keys of a name, at the rate of this one: a name may have two while one takes over from the other. */
  #bucket({ name, rate = this.#limits.rate }: Client): TokenBucket {
    const size = BURST * rate
    const known = this.#buckets.get(name)
    known?.change({ rate, size })
    const bucket = known ?? new TokenBucket({ rate, size })
    this.#buckets.set(name, bucket)
    return bucket
  }

  #release(key: string): void {
    const left = this.#perKey.get(key)! - 1
    if (left === 0) this.#perKey.delete(key)
    else this.#perKey.set(key, left)
  }
}
