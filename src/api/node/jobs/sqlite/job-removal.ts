import type { JobLimits } from '../job-limits.ts'
import { type Connection, isFull } from './connection.ts'
import { FROM, from } from './row-keys.ts'
import type { RowQueue } from './row-queue.ts'
import type { StoredJob } from './stored-job.ts'

/** Rows that one step of a removal takes. */
const STEP = 1000

/** Jobs and rows that go: first out of sight, then step by step out of the file. */
export class JobRemoval {
  readonly #connection: Connection
  readonly #queue: RowQueue
  readonly #limits: JobLimits
  readonly #opened = performance.now()
  /** Jobs that came in part, until there is room to write down that they go. */
  readonly #discarded: Set<string>
  /** Whether removed rows are still in what is beside the file. */
  #swept = true

  constructor(connection: Connection, queue: RowQueue, limits: JobLimits) {
    this.#connection = connection
    this.#queue = queue
    this.#limits = limits
    // Those who sent them were never told that they are accepted.
    const received = connection.all<{ id: string }>(`SELECT id FROM jobs WHERE state = 'receiving'`)
    this.#discarded = new Set(received.map(({ id }) => id))
  }

  /** Removes a job from what is seen; `sweep` removes its rows. */
  remove(id: string): void {
    this.#connection.flush(true)
    this.#connection.pressing(() =>
      this.#connection.run(`UPDATE jobs SET state = 'removed', idempotency_key = NULL WHERE id = ?`, id),
    )
  }

  /** Removes a job that was not accepted; where there is no room to write that down, `sweep` does when there is. */
  discard(id: string): void {
    this.#discarded.add(id)
    try {
      this.removeDiscarded(id)
    } catch (error) {
      if (!isFull(error)) throw error
    }
  }

  /** Whether a job was discarded, and that is not written down yet. */
  isDiscarded(id: string): boolean {
    return this.#discarded.has(id)
  }

  removeDiscarded(id: string): void {
    this.remove(id)
    this.#discarded.delete(id)
  }

  /** @returns ids of the jobs that go */
  expire(before: number): string[] {
    this.#connection.flush(true)
    // Nobody worked on jobs while the file was closed.
    const open = performance.now() - this.#opened >= Date.now() - before
    // Jobs that came in part are discarded; where that failed nobody sends more of them by now.
    const abandoned = Date.now() - 2 * this.#limits.uploadTime
    return this.#connection
      .all<{ id: string }>(
        `UPDATE jobs SET state = 'removed', idempotency_key = NULL
         WHERE (state IN ('done', 'cancelled'${open ? ", 'queued', 'running'" : ''}) AND updated < ?)
           OR (state = 'receiving' AND created < ?) RETURNING id`,
        ...[before, abandoned],
      )
      .map(({ id }) => id)
  }

  /**
   * Removes some of the rows that nobody sees any more, and gives space back.
   *
   * @returns whether there is more of that
   */
  sweep(): boolean {
    return this.#connection.pressing(() => this.#sweepSome())
  }

  #sweepSome(): boolean {
    for (const id of this.#discarded) this.removeDiscarded(id)
    const stored = this.#connection.one<StoredJob>(
      `SELECT * FROM jobs WHERE state = 'removed' OR (state = 'cancelled' AND EXISTS (
         SELECT 1 FROM pending WHERE key >= number << 32 AND key < (number + 1) << 32)) LIMIT 1`,
    )
    if (stored === undefined) {
      if (this.#connection.shrink()) return true
      // Only then is the space the file system's.
      if (this.#swept) this.#connection.tryToGather()
      this.#swept = false
      return false
    }
    this.#swept = true
    const { number, state } = stored
    this.#connection.transaction(() => {
      const tables = state === 'removed' ? ['pending', 'results'] : ['pending']
      let removed = 0
      for (const table of tables)
        removed += this.#connection.run(
          `DELETE FROM ${table} WHERE key IN (SELECT key FROM ${table} WHERE ${FROM} LIMIT ${STEP})`,
          ...from(number),
        )
      if (removed === 0 && state === 'removed')
        this.#connection.run('DELETE FROM jobs WHERE number = ?', number)
    })
    this.#queue.forget(number)
    return true
  }
}
