import { randomUUID } from 'node:crypto'
import { PureGalaxyError } from '../../../../errors.ts'
import { isFinal, type Job, type JobItem, type JobResult, type JobRow } from '../job.ts'
import type { JobLimits } from '../job-limits.ts'
import type { BegunJob, Chunk, ClaimOptions, NewJob, OpenJobs, StoreFigures } from '../job-store.ts'
import { Connection, full, isFull } from './connection.ts'
import { jobOf, type StoredJob } from './stored-job.ts'

/**
 * The key of a row, of its job's number and its own. It is worked out by SQLite, in whole numbers: as numbers of JavaScript
 * the keys of two million jobs would be all there are.
 */
const KEY = '((CAST(? AS INTEGER) << 32) + CAST(? AS INTEGER))'

/** The number of a row, of its key. */
const ROW = '(key & 0xffffffff)'

/** Rows from one on, to the last of its job; what stands for them is what `from` gives. */
const FROM = `key >= ${KEY} AND key < ${KEY}`
const from = (job: number, row = 0) => [job, row, job + 1, 0] as const

/** Rows that one step of a removal takes. */
const STEP = 1000

/** Bytes of pictures that are claimed at once. */
const CHUNK_BYTES = 32 * 2 ** 20

/** Bytes that a row takes beside its texts and its picture, and that its result takes beside what the row took. */
const ROW_BYTES = { waiting: 64, result: 128 }

/** What pages take beside the rows that are in them, as a factor. */
const PAGED = 1.25

interface StoredRow {
  readonly row: number
  readonly id: string
  readonly ra: number | null
  readonly dec: number | null
  readonly pixel_scale: number | null
  readonly picture: ArrayBuffer | null
}

interface StoredResult extends Omit<StoredRow, 'pixel_scale' | 'picture'> {
  readonly probabilities: ArrayBuffer | null
  readonly error: string | null
}

/**
 * Jobs in a file of SQLite, which this process has alone. Every method is one transaction, or reads. Blocks while it
 * works: it lives in a thread (job-database-worker.ts). What is said of the methods of `JobStore` holds here.
 */
export class JobDatabase {
  readonly #connection: Connection
  readonly #limits: JobLimits
  /** Rows that are being worked on, by job. */
  readonly #claimed = new Map<number, Set<number>>()
  /** When a job's rows were claimed last, as a count. */
  readonly #turns = new Map<number, number>()
  #turn = 0
  readonly #opened = performance.now()
  /** Jobs that came in part, until there is room to write down that they go. */
  readonly #discarded: Set<string>
  /** Whether removed rows are still in what is beside the file. */
  #swept = true

  /** @throws PureGalaxyError `api.jobs.in-use`, `api.jobs.database` */
  constructor(path: string, limits: JobLimits) {
    this.#limits = limits
    this.#connection = new Connection(path)
    // Those who sent them were never told that they are accepted.
    const received = this.#connection.all<{ id: string }>(`SELECT id FROM jobs WHERE state = 'receiving'`)
    this.#discarded = new Set(received.map(({ id }) => id))
  }

  begin(job: NewJob): BegunJob {
    const { owner, idempotencyKey = null } = job
    let known = this.#connection.one<StoredJob>(
      'SELECT * FROM jobs WHERE owner = ? AND idempotency_key = ?',
      owner,
      idempotencyKey,
    )
    if (known !== undefined && this.#discarded.has(known.id)) {
      this.#removeDiscarded(known.id)
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
    this.#ensureRoom(0)
  }

  /** @param bytes of rows to be written @throws where the file is as large as it may be, or the disk has no room for more */
  #ensureRoom(bytes: number): void {
    if (this.#connection.size >= this.#limits.storedBytes) throw full()
    const { open } = this.#connection.one<{ open: number }>(
      `SELECT total(rows - done) AS open FROM jobs WHERE state IN ('receiving', 'queued', 'running')`,
    )!
    this.#connection.ensureRoom({ bytes: PAGED * bytes, later: PAGED * open * ROW_BYTES.result })
  }

  append(id: string, items: readonly JobItem[]): void {
    // `accept` flushes these with what it writes itself.
    this.#connection.flush(false)
    const { number, rows } = this.#stored(id)
    this.#ensureRoom(items.reduce((bytes, item) => bytes + bytesOf(item), 0))
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
    if (this.#discarded.has(id)) throw noSuchJob()
    const accepted = this.#connection.pressing(() =>
      this.#connection.run(
        `UPDATE jobs SET fingerprint = ?, created = ?, updated = ?,
           state = iif(done = rows, 'done', 'queued'), finished = iif(done = rows, ?, NULL)
         WHERE id = ? AND state = 'receiving'`,
        ...[fingerprint, now, now, now, id],
      ),
    )
    if (accepted === 0) throw noSuchJob()
    return jobOf(this.#stored(id))
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
    const stored = this.#stored(id)
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
      .map(({ row, id, ra, dec, probabilities, error }) => ({
        row,
        id,
        ...known({ ra, dec, error }),
        ...(probabilities === null ? {} : { probabilities: new Float64Array(probabilities) }),
      }))
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
      this.#removeDiscarded(id)
    } catch (error) {
      if (!isFull(error)) throw error
    }
  }

  #removeDiscarded(id: string): void {
    this.remove(id)
    this.#discarded.delete(id)
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
    const stored = this.#lookUp(id)
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
    return jobOf(this.#stored(id))
  }

  release(id: string, rows: readonly number[]): void {
    const stored = this.#lookUp(id)
    const taken = stored === undefined ? undefined : this.#claimed.get(stored.number)
    for (const row of rows) taken?.delete(row)
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

  /** @throws PureGalaxyError `api.jobs.full` where the disk has no room for rows */
  checkRoom(): void {
    this.#ensureRoom(0)
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
    for (const id of this.#discarded) this.#removeDiscarded(id)
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
    this.#claimed.delete(number)
    this.#turns.delete(number)
    return true
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

  #lookUp(id: string): StoredJob | undefined {
    return this.#connection.one<StoredJob>('SELECT * FROM jobs WHERE id = ?', id)
  }

  #stored(id: string): StoredJob {
    const stored = this.#lookUp(id)
    if (stored === undefined) throw noSuchJob()
    return stored
  }
}

/** Bytes that a row takes while it waits. */
function bytesOf({ id, picture, error = '' }: JobItem): number {
  return ROW_BYTES.waiting + Buffer.byteLength(id) + Buffer.byteLength(error) + (picture?.length ?? 0)
}

const noSuchJob = (): PureGalaxyError =>
  new PureGalaxyError('api.no-such-job', 'There is no such job, or there is none any more.')

const isHidden = ({ state }: StoredJob): boolean => state === 'receiving' || state === 'removed'

function rowOf({ row, id, ra, dec, pixel_scale, picture }: StoredRow): JobRow {
  return {
    row,
    id,
    ...known({ ra, dec, pixelScale: pixel_scale }),
    ...(picture === null ? {} : { picture: new Uint8Array(picture) }),
  }
}

/** Without what is null. */
const known = <Cells extends Record<string, unknown>>(cells: Cells) =>
  Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== null)) as {
    [Name in keyof Cells]?: Exclude<Cells[Name], null>
  }
