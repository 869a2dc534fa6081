import Database from 'libsql'
import { PureGalaxyError } from '../../../../errors.ts'
import { openSchema, pragma } from './schema.ts'

/** What may be bound to a statement. */
export type Cell = string | number | Uint8Array | null

/** A file of SQLite with the tables of jobs, which this process has alone. */
export class Connection {
  readonly #database: Database.Database
  readonly #statements = new Map<string, Database.Statement>()
  #flushes = true

  /** @throws PureGalaxyError `api.jobs.in-use`, `api.jobs.database`, `api.jobs.full` */
  constructor(path: string) {
    try {
      this.#database = new Database(path)
      openSchema(this.#database, path)
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

  /** Bytes in use. */
  get size(): number {
    const pages = pragma(this.#database, 'page_count') - pragma(this.#database, 'freelist_count')
    return pages * pragma(this.#database, 'page_size')
  }

  /**
   * Gives space that is not in use back to the file system, so many pages of it.
   *
   * @returns whether there is more
   */
  shrink(pages: number): boolean {
    const free = pragma(this.#database, 'freelist_count')
    if (free > 0) this.#database.exec(`PRAGMA incremental_vacuum(${pages})`)
    return free > pages
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
  if (code === 'SQLITE_FULL') return full()
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
  SQLITE_CORRUPT: 'is damaged. Name another folder for jobs.',
  SQLITE_CANTOPEN: 'cannot be opened. Check who may write there.',
  SQLITE_READONLY: 'cannot be written. Check who may write there.',
  SQLITE_IOERR: 'cannot be read or written. Check the disk.',
}
