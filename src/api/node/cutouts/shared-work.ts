interface Running<Result> {
  readonly result: Promise<Result>
  readonly controller: AbortController
  waiting: number
}

/** Work that is done once for all who ask for it while it is under way. */
export class SharedWork<Result> {
  readonly #running = new Map<string, Running<Result>>()

  /** Whether the work of this key is under way. */
  has(key: string): boolean {
    return this.#running.has(key)
  }

  /**
   * The result of the work of a key, which begins unless it is under way.
   *
   * @param signal ends this one's wait; when the last has gone the signal that `work` was given is aborted
   * @throws what the work throws; the signal's reason, at once
   */
  async join(
    key: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    signal.throwIfAborted()
    const running = this.#running.get(key) ?? this.#begin(key, work)
    running.waiting++
    let leave = () => {}
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(signal.reason)
      signal.addEventListener('abort', leave, { once: true })
    })
    try {
      return await Promise.race([running.result, left])
    } finally {
      signal.removeEventListener('abort', leave)
      if (--running.waiting === 0) this.#end(key, running, signal.reason)
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<Result>): Running<Result> {
    const controller = new AbortController()
    const running: Running<Result> = { result: work(controller.signal), controller, waiting: 0 }
    this.#running.set(key, running)
    return running
  }

  /** Nobody waits any more, be the work done or not: who comes next begins anew. */
  #end(key: string, running: Running<Result>, reason: unknown): void {
    if (this.#running.get(key) === running) this.#running.delete(key)
    running.controller.abort(reason)
    running.result.catch(() => undefined)
  }
}
