import type { PjrtApi } from './api.ts'
import { Handle } from './handles.ts'
import type { Pointer } from './native.ts'

/**
 * Waits for events of PJRT, one after the other, on a thread of libuv's pool, which has few: however many events there
 * are, they take one. Fit for events that come about in the order in which they were given.
 */
export class EventQueue {
  readonly #api: PjrtApi
  readonly #pending = new Set<Handle>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(api: PjrtApi) {
    this.#api = api
  }

  /**
   * Takes over an event; resolves when it is ready, and frees it.
   * @throws PureGalaxyError `pjrt.<status>` when what it stood for failed
   */
  wait(event: Pointer): Promise<void> {
    const handle = new Handle('event', event, (pointer) => freeEvent(this.#api, pointer))
    this.#pending.add(handle)
    // It needs no thread, and those behind it still have the earlier ones to wait for.
    if (this.#isReady(event)) return this.#await(handle)
    const waiting = this.#last.then(() => this.#await(handle))
    this.#last = waiting.catch(() => {})
    return waiting
  }

  #isReady(event: Pointer): boolean {
    return this.#api.call('Event_IsReady', { event }).number('is_ready') !== 0
  }

  async #await(handle: Handle): Promise<void> {
    const event = handle.pointer
    try {
      if (this.#isReady(event)) this.#api.call('Event_Await', { event })
      else await this.#api.callAsync('Event_Await', { event })
    } finally {
      this.#pending.delete(handle)
      handle.release()
    }
  }

  /** Waits for all of them on this thread: for when the process ends. */
  blockUntilReady(): void {
    for (const { pointer } of this.#pending) {
      // What failed is as good as ended.
      try {
        this.#api.call('Event_Await', { event: pointer })
      } catch {}
    }
  }
}

/** Frees an event that nobody waits for. */
export function freeEvent(api: PjrtApi, event: Pointer): void {
  api.call('Event_Destroy', { event })
}
