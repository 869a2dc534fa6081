import type { Job, JobItem, JobResult } from '../job.ts'
import type { JobLimits } from '../job-limits.ts'
import type { BegunJob, Chunk, ClaimOptions, NewJob, OpenJobs, StoreFigures } from '../job-store.ts'
import { Connection } from './connection.ts'
import { JobIntake } from './job-intake.ts'
import { JobRemoval } from './job-removal.ts'
import { FROM, from, KEY, ROW } from './row-keys.ts'
import { RowQueue } from './row-queue.ts'
import { isHidden, jobOf, noSuchJob, type StoredJob, storedJob } from './stored-job.ts'
import { resultOf, type StoredResult } from './stored-row.ts'

/**
 * Jobs in a file of SQLite, which this process has alone. Every method is one transaction, or reads. Blocks while it
 * works: it lives in a thread (job-database-worker.ts). What is said of the methods of `JobStore` holds here. How jobs come,
 * are worked on and go is in `JobIntake`, `RowQueue` and `JobRemoval`; here is what is seen of them.
 */
export class JobDatabase {
  readonly #connection: Connection
  readonly #queue: RowQueue
  readonly #removal: JobRemoval
  readonly #intake: JobIntake

  /** @throws PureGalaxyError `api.jobs.in-use`, `api.jobs.database` */
  constructor(path: string, limits: JobLimits) {
    this.#connection = new Connection(path)
    this.#queue = new RowQueue(this.#connection)
    this.#removal = new JobRemoval(this.#connection, this.#queue, limits)
    this.#intake = new JobIntake(this.#connection, this.#removal, limits)
  }

  begin(job: NewJob): BegunJob {
    return this.#intake.begin(job)
  }

  append(id: string, items: readonly JobItem[]): void {
    this.#intake.append(id, items)
  }

  accept(id: string, fingerprint: string): Job {
    return this.#intake.accept(id, fingerprint)
  }

  /** @throws PureGalaxyError `api.jobs.full` where the disk has no room for rows */
  checkRoom(): void {
    this.#intake.ensureRoom(0)
  }

  find(id: string, owner: string): Job | undefined {
    const stored = this.#connection.one<StoredJob>('SELECT * FROM jobs WHERE id = ? AND owner = ?', id, owner)
    return stored === undefined || isHidden(stored) ? undefined : jobOf(stored)
  }

  list(owner: string, { limit, before }: { readonly limit: number; readonly before?: string }): Job[] {
    // To begin behind one that is gone would be to end before the last.
    if (before !== undefined && this.find(before, owner) === undefined) throw noSuchJob()
    return this.#connection
      .all<StoredJob>(
        `SELECT * FROM jobs WHERE owner = ? AND state NOT IN ('receiving', 'removed')
         AND (? IS NULL OR number < (SELECT number FROM jobs WHERE id = ?)) ORDER BY number DESC LIMIT ?`,
        ...[owner, before ?? null, before ?? null, limit],
      )
      .map(jobOf)
  }

  results(id: string, range: { readonly from: number; readonly limit: number }): JobResult[] {
    const stored = storedJob(this.#connection, id)
    // Half of what goes is no answer.
    if (isHidden(stored)) throw noSuchJob()
    const { number, state } = stored
    // Of a job that was cancelled nothing waits, though some of it may lie there still.
    const [waits] =
      state === 'cancelled'
        ? []
        : this.#connection.all<{ row: number }>(
            `SELECT ${ROW} AS row FROM pending WHERE ${FROM} ORDER BY key LIMIT 1`,
            ...from(number),
          )
    const end = waits === undefined ? [number + 1, 0] : [number, waits.row]
    return this.#connection
      .all<StoredResult>(
        `SELECT ${ROW} AS row, id, ra, dec, probabilities, error FROM results
         WHERE key >= ${KEY} AND key < ${KEY} ORDER BY key LIMIT ?`,
        ...[number, range.from, ...end, range.limit],
      )
      .map(resultOf)
  }

  cancel(id: string): void {
    this.#connection.flush(true)
    const now = Date.now()
    this.#connection.pressing(() =>
      this.#connection.run(
        `UPDATE jobs SET state = 'cancelled', finished = ?, updated = ?, sequence = sequence + 1
         WHERE id = ? AND state IN ('queued', 'running')`,
        ...[now, now, id],
      ),
    )
  }

  claim(options: ClaimOptions): Chunk | undefined {
    return this.#queue.claim(options)
  }

  complete(id: string, results: readonly Omit<JobResult, 'id' | 'ra' | 'dec'>[]): Job | undefined {
    return this.#queue.complete(id, results)
  }

  release(id: string, rows: readonly number[]): void {
    this.#queue.release(id, rows)
  }

  remove(id: string): void {
    this.#removal.remove(id)
  }

  discard(id: string): void {
    this.#removal.discard(id)
  }

  /** @returns ids of the jobs that go */
  expire(before: number): string[] {
    return this.#removal.expire(before)
  }

  /** @returns whether there is more to be removed */
  sweep(): boolean {
    return this.#removal.sweep()
  }

  /** To be called last: from then on the file alone has all jobs. */
  finish(): void {
    this.#connection.gather()
  }

  figures(): StoreFigures {
    const final = { done: 0, cancelled: 0 }
    // Of the index alone: there may be very many.
    for (const { state, jobs } of this.#connection.all<{ state: keyof typeof final; jobs: number }>(
      `SELECT state, count(*) AS jobs FROM jobs WHERE state IN ('done', 'cancelled') GROUP BY state`,
    ))
      final[state] = jobs
    const open = this.#connection.all<OpenJobs>(
      `SELECT state, source, model, model_version AS modelVersion, count(*) AS jobs, sum(rows - done) AS rows,
         min(created) AS created FROM jobs WHERE state IN ('queued', 'running') GROUP BY 1, 2, 3, 4`,
    )
    return { final, open, bytes: this.#connection.size }
  }
}
