import { PureGalaxyError } from '../errors.ts'
import type { ApiLimits } from './limits.ts'

/** A request that was let in. */
export interface Admission {
  /**
   * Counts bytes of its body as held.
   *
   * @throws PureGalaxyError `api.busy` when all bodies together are more than the server holds
   */
  hold(bytes: number): void
  /** Ends the request and gives back what it held. To be called once. */
  leave(): void
}

/** Counts the requests in work, in all and by key, and the bytes of their bodies. What is too much is refused, not queued. */
export class Gate {
  readonly #limits: Pick<ApiLimits, 'requests' | 'requestsPerKey' | 'heldBytes'>
  readonly #perKey = new Map<string, number>()
  #requests = 0
  #bytes = 0
  #closed = false
  #onEmpty: (() => void) | undefined

  constructor(limits: Pick<ApiLimits, 'requests' | 'requestsPerKey' | 'heldBytes'>) {
    this.#limits = limits
  }

  /**
   * @param key name of the client's key, where there are keys
   * @throws PureGalaxyError `api.not-ready`, `api.busy`, `api.too-many-requests`
   */
  enter(key?: string): Admission {
    if (this.#closed)
      throw new PureGalaxyError('api.not-ready', 'The server is being stopped. Ask another, or try again.')
    if (this.#requests >= this.#limits.requests)
      throw new PureGalaxyError(
        'api.busy',
        `The server works on ${this.#requests} requests and takes no more. Try again.`,
      )
    const ofKey = key === undefined ? 0 : (this.#perKey.get(key) ?? 0)
    if (ofKey >= this.#limits.requestsPerKey)
      throw new PureGalaxyError(
        'api.too-many-requests',
        `This key has ${ofKey} requests in work, and that is all it may have. Wait for one to end.`,
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

  #release(key: string): void {
    const left = this.#perKey.get(key)! - 1
    if (left === 0) this.#perKey.delete(key)
    else this.#perKey.set(key, left)
  }
}
