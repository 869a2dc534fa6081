import { PureGalaxyError } from '../../errors.ts'
import type { Pointer } from './native.ts'

export type HandleKind = 'client' | 'executable' | 'buffer' | 'event'
export type HandleCounts = Readonly<Record<HandleKind, number>>

const counts: Record<HandleKind, number> = { client: 0, executable: 0, buffer: 0, event: 0 }

/** Objects of PJRT that were created and not destroyed yet, in this process: a program that leaks sees them grow. */
export const liveHandles = (): HandleCounts => ({ ...counts })

/**
 * An object of PJRT, destroyed once: when it was released and no call that was given it is under way.
 */
export class Handle {
  readonly kind: HandleKind
  readonly #pointer: Pointer
  readonly #destroy: (pointer: Pointer) => void
  #users = 0
  #released = false

  constructor(kind: HandleKind, pointer: Pointer, destroy: (pointer: Pointer) => void) {
    this.kind = kind
    this.#pointer = pointer
    this.#destroy = destroy
    counts[kind]++
  }

  get released(): boolean {
    return this.#released
  }

  /** @throws PureGalaxyError `pjrt.disposed` after `release` */
  get pointer(): Pointer {
    if (this.#released) {
      throw new PureGalaxyError('pjrt.disposed', `A PJRT ${this.kind} was used after dispose().`)
    }
    return this.#pointer
  }

  /** Keeps the object until `drop`, whatever is released meanwhile. */
  hold(): Pointer {
    const { pointer } = this
    this.#users++
    return pointer
  }

  drop(): void {
    this.#users--
    if (this.#released && this.#users === 0) this.#end()
  }

  /** Idempotent. */
  release(): void {
    if (this.#released) return
    this.#released = true
    if (this.#users === 0) this.#end()
  }

  #end(): void {
    counts[this.kind]--
    this.#destroy(this.#pointer)
  }
}

/**
 * Runs something that uses objects of PJRT; a release meanwhile takes effect afterwards.
 * @throws PureGalaxyError `pjrt.disposed` when one of them was released before
 */
export async function holding<T>(
  handles: readonly Handle[],
  work: (pointers: readonly Pointer[]) => Promise<T>,
): Promise<T> {
  const held: Handle[] = []
  try {
    const pointers = handles.map((handle) => {
      const pointer = handle.hold()
      held.push(handle)
      return pointer
    })
    return await work(pointers)
  } finally {
    for (const handle of held) handle.drop()
  }
}
