import { isFinal, type Job, type JobResult, type JobRow } from '../job.ts'
import type { Chunk, ClaimOptions } from '../job-store.ts'
import type { Connection } from './connection.ts'
import { FROM, from, KEY, ROW } from './row-keys.ts'
import { isHidden, jobOf, lookUpJob, type StoredJob, storedJob } from './stored-job.ts'
import { rowOf, type StoredRow } from './stored-row.ts'

/** Bytes of pictures that are claimed at once. */
const CHUNK_BYTES = 32 * 2 ** 20

/** Rows on their way from waiting to having a result. */
export class RowQueue {
  readonly #connection: Connection
  /** Rows that are being worked on, by job. */
  readonly #claimed = new Map<number, Set<number>>()
  /** When a job's rows were claimed last, as a count. */
  readonly #turns = new Map<number, number>()
  #turn = 0

  constructor(connection: Connection) {
    this.#connection = connection
  }

  claim({ models, sources, except, rows }: ClaimOptions): Chunk | undefined {
    const served = new Set(models.map(({ name, version }) => JSON.stringify([name, version])))
    const open = this.#connection.all<StoredJob>(
      `SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY number`,
    )
    const able = open.filter(
      ({ id, model, model_version, source }) =>
        served.has(JSON.stringify([model, model_version])) &&
        sources.includes(source) &&
        !except.includes(id),
    )
    const turnOf = ({ number }: StoredJob) => this.#turns.get(number) ?? 0
    for (const stored of able.sort((one, other) => turnOf(one) - turnOf(other))) {
      const claimed = this.#claimRows(stored.number, rows)
      if (claimed.length === 0) continue
      this.#turns.set(stored.number, ++this.#turn)
      return { job: jobOf(stored), rows: claimed }
    }
    return undefined
  }

  #claimRows(number: number, limit: number): JobRow[] {
    const taken = this.#claimed.get(number) ?? new Set()
    const free = this.#connection
      .all<{ row: number }>(
        `SELECT ${ROW} AS row FROM pending WHERE ${FROM} ORDER BY key LIMIT ?`,
        ...from(number),
        limit + taken.size,
      )
      .filter(({ row }) => !taken.has(row))
    const rows: JobRow[] = []
    for (let bytes = 0, at = 0; at < Math.min(limit, free.length) && bytes < CHUNK_BYTES; at++) {
      const row = rowOf(
        this.#connection.one<StoredRow>(
          `SELECT ${ROW} AS row, id, ra, dec, pixel_scale, picture FROM pending WHERE key = ${KEY}`,
          ...[number, free[at]!.row],
        )!,
      )
      bytes += row.picture?.length ?? 0
      taken.add(row.row)
      rows.push(row)
    }
    this.#claimed.set(number, taken)
    return rows
  }

  complete(id: string, results: readonly Omit<JobResult, 'id' | 'ra' | 'dec'>[]): Job | undefined {
    const stored = lookUpJob(this.#connection, id)
    if (stored === undefined || isHidden(stored) || isFinal(jobOf(stored))) return undefined
    const now = Date.now()
    this.#connection.flush(true)
    // The last room is for removals, which make some.
    this.#connection.ensureRoom({ part: 1 / 2 })
    this.#connection.transaction(() => {
      let [done, refused] = [0, 0]
      for (const { row, probabilities, error = null } of results) {
        const key = [stored.number, row]
        const bytes =
          probabilities === undefined ? null : new Uint8Array(Float64Array.from(probabilities).buffer)
        const moved = this.#connection.run(
          `INSERT INTO results SELECT key, id, ra, dec, ?, ? FROM pending WHERE key = ${KEY}`,
          ...[bytes, error, ...key],
        )
        this.#connection.run(`DELETE FROM pending WHERE key = ${KEY}`, ...key)
        done += moved
        if (error !== null) refused += moved
      }
      const finished = stored.done + done === stored.rows
      this.#connection.run(
        `UPDATE jobs SET done = done + ?, refused = refused + ?, sequence = sequence + 1, updated = ?,
           started = coalesce(started, ?), state = ?, finished = ? WHERE number = ?`,
        ...[done, refused, now, now, finished ? 'done' : 'running', finished ? now : null],
        stored.number,
      )
    })
    this.release(
      id,
      results.map(({ row }) => row),
    )
    return jobOf(storedJob(this.#connection, id))
  }

  release(id: string, rows: readonly number[]): void {
    const stored = lookUpJob(this.#connection, id)
    const taken = stored === undefined ? undefined : this.#claimed.get(stored.number)
    for (const row of rows) taken?.delete(row)
  }

  /** To be called when rows of a job go without a result. */
  forget(number: number): void {
    this.#claimed.delete(number)
    this.#turns.delete(number)
  }
}
