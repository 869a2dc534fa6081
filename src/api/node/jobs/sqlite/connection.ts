import { statSync } from 'node:fs'
import Database from 'libsql'
import { PureGalaxyError } from '../../../../errors.ts'
import { DiskRoom } from './disk-room.ts'
import { openSchema, pragma } from './schema.ts'

/** What may be bound to a statement. */
export type Cell = string | number | Uint8Array | null

/** Pages beside the file after which SQLite writes them into it, at most: its own default. */
const GATHERED = 1000

/** Pages that a transaction changes beside those of its rows. */
const MARGIN = 8

/** A file of SQLite with the tables of jobs, which this process has alone. */
export class Connection {
  readonly #path: string
  readonly #disk: DiskRoom
  readonly #pageSize: number
  /** Pages after which what is beside the file is written into it: on a small disk fewer, as it takes room twice. */
  readonly #gathered: number
  readonly #database: Database.Database
  readonly #statements = new Map<string, Database.Statement>()
  #flushes = true

  /** @throws PureGalaxyError `api.jobs.in-use`, `api.jobs.database` */
  constructor(path: string) {
    this.#path = path
    this.#disk = new DiskRoom(path)
    const { reserve } = this.#disk
    try {
      this.#database = new Database(path)
      openSchema(this.#database, path)
      this.#pageSize = pragma(this.#database, 'page_size')
      const pages = reserve === 0 ? GATHERED : reserve / 4 / this.#pageSize
      this.#gathered = Math.max(MARGIN, Math.min(GATHERED, Math.floor(pages)))
      this.#database.exec(`PRAGMA wal_autocheckpoint = ${this.#gathered}`)
      // What grew beyond that for once is given back.
      this.#database.exec(`PRAGMA journal_size_limit = ${this.#gathered * this.#pageSize}`)
    } catch (error) {
      throw openError(error, path)
    }
  }

  /** @returns how many rows changed */
  run(sql: string, ...cells: readonly Cell[]): number {
    return tell(() => this.#prepare(sql).run(...cells).changes)
  }

  all<Row>(sql: string, ...cells: readonly Cell[]): Row[] {
    return tell(() => this.#prepare(sql).all(...cells) as Row[])
  }

  one<Row>(sql: string, ...cells: readonly Cell[]): Row | undefined {
    return this.all<Row>(sql, ...cells)[0]
  }

  /** All of `work`, or nothing of it. */
  transaction(work: () => void): void {
    tell(() => this.#database.exec('BEGIN IMMEDIATE'))
    try {
      work()
      tell(() => this.#database.exec('COMMIT'))
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  /** Whether commits wait from now on until all that was written has reached the disk; at first they do. */
  flush(wanted: boolean): void {
    if (this.#flushes !== wanted) this.#database.exec(`PRAGMA synchronous = ${wanted ? 'FULL' : 'NORMAL'}`)
    this.#flushes = wanted
  }

  /** Writes all that SQLite keeps beside the file into it. */
  gather(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  /** The same, where there is room for it. */
  tryToGather(): void {
    try {
      this.gather()
    } catch (error) {
      if (codeOf(error) !== 'SQLITE_FULL') throw error
    }
  }

  /** Does the same again where there was no room, once that beside the file has been written into it as far as there is. */
  pressing<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      if (!isFull(error)) throw error
      this.tryToGather()
      return work()
    }
  }

  /** Bytes in use. */
  get size(): number {
    return (pragma(this.#database, 'page_count') - this.#freePages) * this.#pageSize
  }

  /**
   * Makes sure that the disk has room for what is to be written, and for what is kept in reserve.
   *
   * @param bytes of rows that are written now
   * @param later bytes that other rows will take
   * @param part of the reserve that must be left
   * @throws PureGalaxyError `api.jobs.full`
   */
  ensureRoom({
    bytes = 0,
    later = 0,
    part = 1,
  }: {
    readonly bytes?: number
    readonly later?: number
    readonly part?: number
  }): void {
    // A file system that does not tell its size has none.
    if (this.#disk.reserve === 0) return
    const written = bytes === 0 ? 0 : bytes + MARGIN * this.#pageSize
    const lacks = () => {
      const grown = Math.max(0, written + later - this.#freePages * this.#pageSize)
      // Rows are written beside the file first, and then into it.
      return this.#disk.free < written + grown + this.#owed + part * this.#disk.reserve
    }
    if (!lacks()) return
    this.tryToGather()
    if (lacks()) throw full()
  }

  /** Bytes by which the file grows when what is beside it is written into it. */
  get #owed(): number {
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0
    return Math.max(0, pragma(this.#database, 'page_count') * this.#pageSize - size)
  }

  get #freePages(): number {
    return pragma(this.#database, 'freelist_count')
  }

  /**
   * Gives some of the space that is not in use back to the file system.
   *
   * @returns whether there is more
   */
  shrink(): boolean {
    const free = this.#freePages
    if (free > 0) tell(() => this.#database.exec(`PRAGMA incremental_vacuum(${this.#gathered})`))
    return free > this.#gathered
  }

  #prepare(sql: string): Database.Statement {
    const before = this.#statements.get(sql)
    if (before !== undefined) return before
    const prepared = this.#database.prepare(sql)
    this.#statements.set(sql, prepared)
    return prepared
  }
}

/** There is no room for what was to be written. */
export const full = (): PureGalaxyError =>
  new PureGalaxyError(
    'api.jobs.full',
    'The server has no room for more jobs. Remove jobs that are done, or try again later.',
  )

export const isFull = (error: unknown): boolean =>
  error instanceof PureGalaxyError && error.code === 'api.jobs.full'

/** SQLite's code without what it adds in rare cases: SQLITE_READONLY of SQLITE_READONLY_DBMOVED. */
const codeOf = (error: unknown): string =>
  /^SQLITE_[A-Z]+/.exec(String((error as { code?: unknown } | null)?.code))?.[0] ?? ''

function tell<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw codeOf(error) === 'SQLITE_FULL' ? full() : error
  }
}

function openError(error: unknown, path: string): unknown {
  const code = codeOf(error)
  if (code === 'SQLITE_BUSY')
    return new PureGalaxyError(
      'api.jobs.in-use',
      `${path} is in use by another server. Give each server a folder of its own, or stop the other.`,
    )
  const what = OPEN_ERRORS[code]
  return what === undefined ? error : new PureGalaxyError('api.jobs.database', `${path} ${what}`)
}

const OPEN_ERRORS: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'is no database of jobs. Name another folder for jobs.',
  SQLITE_FULL: 'cannot be made, as the disk is full. Make room on it, or name another folder for jobs.',
  SQLITE_CORRUPT: 'is damaged. Name another folder for jobs.',
  SQLITE_CANTOPEN: 'cannot be opened. Check who may write there.',
  SQLITE_READONLY: 'cannot be written. Check who may write there.',
  SQLITE_IOERR: 'cannot be read or written. Check the disk.',
}
