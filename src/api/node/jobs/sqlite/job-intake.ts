import { randomUUID } from 'node:crypto'
import { PureGalaxyError } from '../../../../errors.ts'
import type { Job, JobItem } from '../job.ts'
import type { JobLimits } from '../job-limits.ts'
import type { BegunJob, NewJob } from '../job-store.ts'
import { type Connection, full } from './connection.ts'
import type { JobRemoval } from './job-removal.ts'
import { KEY } from './row-keys.ts'
import { jobOf, noSuchJob, type StoredJob, storedJob } from './stored-job.ts'
import { bytesOf, ROW_BYTES } from './stored-row.ts'

/** What pages take beside the rows that are in them, as a factor. */
const PAGED = 1.25

/** Jobs that are being sent, and the room that there must be for them. */
export class JobIntake {
  readonly #connection: Connection
  readonly #removal: JobRemoval
  readonly #limits: JobLimits

  constructor(connection: Connection, removal: JobRemoval, limits: JobLimits) {
    this.#connection = connection
    this.#removal = removal
    this.#limits = limits
  }

  begin(job: NewJob): BegunJob {
    const { owner, idempotencyKey = null } = job
    let known = this.#connection.one<StoredJob>(
      'SELECT * FROM jobs WHERE owner = ? AND idempotency_key = ?',
      owner,
      idempotencyKey,
    )
    if (known !== undefined && this.#removal.isDiscarded(known.id)) {
      this.#removal.removeDiscarded(known.id)
      known = undefined
    }
    if (known?.state === 'receiving')
      throw new PureGalaxyError(
        'api.idempotency-key-in-use',
        'A job with this Idempotency-Key is being sent. Wait until it is accepted.',
      )
    if (known !== undefined) return { known: jobOf(known), fingerprint: known.fingerprint! }
    this.#admit(owner)
    const id = randomUUID()
    const now = Date.now()
    this.#connection.run(
      `INSERT INTO jobs (id, owner, state, source, model, model_version, classes, idempotency_key, created, updated)
       VALUES (?, ?, 'receiving', ?, ?, ?, ?, ?, ?, ?)`,
      ...[id, owner, job.source, job.model, job.modelVersion, JSON.stringify(job.classes), idempotencyKey],
      ...[now, now],
    )
    return { id }
  }

  /** @throws where the owner has as many open jobs, or the file is as large, as they may be */
  #admit(owner: string): void {
    const { open } = this.#connection.one<{ open: number }>(
      `SELECT count(*) AS open FROM jobs WHERE owner = ? AND state IN ('receiving', 'queued', 'running')`,
      owner,
    )!
    if (open >= this.#limits.open)
      throw new PureGalaxyError(
        'api.too-many-jobs',
        `There are ${open} jobs that are not done, and that is all there may be. Wait for one to end, or cancel it.`,
      )
    this.ensureRoom(0)
  }

  /**
   * @param bytes of rows to be written
   * @throws PureGalaxyError `api.jobs.full` where the file is as large as it may be, or the disk has no room for more
   */
  ensureRoom(bytes: number): void {
    if (this.#connection.size >= this.#limits.storedBytes) throw full()
    const { open } = this.#connection.one<{ open: number }>(
      `SELECT total(rows - done) AS open FROM jobs WHERE state IN ('receiving', 'queued', 'running')`,
    )!
    this.#connection.ensureRoom({ bytes: PAGED * bytes, later: PAGED * open * ROW_BYTES.result })
  }

  append(id: string, items: readonly JobItem[]): void {
    // `accept` flushes these with what it writes itself.
    this.#connection.flush(false)
    const { number, rows } = storedJob(this.#connection, id)
    this.ensureRoom(items.reduce((bytes, item) => bytes + bytesOf(item), 0))
    this.#connection.transaction(() => {
      let refused = 0
      for (const [at, item] of items.entries()) {
        const { ra = null, dec = null, pixelScale = null, picture = null, error } = item
        const place = [number, rows + at, item.id, ra, dec]
        if (error === undefined)
          this.#connection.run(
            `INSERT INTO pending VALUES (${KEY}, ?, ?, ?, ?, ?)`,
            ...place,
            pixelScale,
            picture,
          )
        else {
          this.#connection.run(`INSERT INTO results VALUES (${KEY}, ?, ?, ?, NULL, ?)`, ...place, error)
          refused++
        }
      }
      this.#connection.run(
        'UPDATE jobs SET rows = rows + ?, done = done + ?, refused = refused + ? WHERE number = ?',
        ...[items.length, refused, refused, number],
      )
    })
  }

  accept(id: string, fingerprint: string): Job {
    this.#connection.flush(true)
    const now = Date.now()
    if (this.#removal.isDiscarded(id)) throw noSuchJob()
    const accepted = this.#connection.pressing(() =>
      this.#connection.run(
        `UPDATE jobs SET fingerprint = ?, created = ?, updated = ?,
           state = iif(done = rows, 'done', 'queued'), finished = iif(done = rows, ?, NULL)
         WHERE id = ? AND state = 'receiving'`,
        ...[fingerprint, now, now, now, id],
      ),
    )
    if (accepted === 0) throw noSuchJob()
    return jobOf(storedJob(this.#connection, id))
  }
}
