import type Database from 'libsql'
import { PureGalaxyError } from '../../../../errors.ts'

/** What SQLite's `application_id` says in our files: "pgal" in ASCII. */
const APPLICATION = 0x7067616c

/** Version of the tables. A file of another is refused. */
const VERSION = 1

/**
 * A row waits in `pending` or has its result in `results`, and moves from the one to the other in one transaction. `key` is
 * the job's number · 2^32 + the row's number, so that the rows of a job lie together and in order.
 */
const TABLES = `
  CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    source TEXT NOT NULL,
    model TEXT NOT NULL,
    model_version TEXT NOT NULL,
    classes TEXT NOT NULL,
    idempotency_key TEXT,
    fingerprint TEXT,
    rows INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    sequence INTEGER NOT NULL DEFAULT 1,
    created INTEGER NOT NULL,
    started INTEGER,
    finished INTEGER,
    updated INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX jobs_by_owner ON jobs (owner, number);
  CREATE INDEX jobs_by_state ON jobs (state, number);
  CREATE UNIQUE INDEX jobs_by_key ON jobs (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE TABLE pending (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    ra REAL,
    dec REAL,
    pixel_scale REAL,
    picture BLOB
  ) STRICT;
  CREATE TABLE results (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    ra REAL,
    dec REAL,
    probabilities BLOB,
    error TEXT
  ) STRICT;
`

/** What a pragma that says a number says. */
export function pragma(database: Database.Database, name: string): number {
  const [row] = database.prepare(`PRAGMA ${name}`).all() as Record<string, number>[]
  return row![name]!
}

/**
 * Takes a file for this process alone and makes the tables, or makes sure that they are ours.
 *
 * @param path what errors call the file
 * @throws PureGalaxyError `api.jobs.database` for a file of something else, or of another version; SQLite's errors as they are
 */
export function openSchema(database: Database.Database, path: string): void {
  // Held until the process ends, however it ends: the system gives it back.
  database.exec('PRAGMA locking_mode = EXCLUSIVE')
  // Only while a file is empty can this be set: space of removed jobs is given back. Said again it would be written again, and
  // a file on a full disk could not be opened.
  if (pragma(database, 'page_count') === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL')
  database.exec('PRAGMA journal_mode = WAL')
  // A commit has reached the disk when it returns, so that no power failure takes back what was answered.
  database.exec('PRAGMA synchronous = FULL')
  // The same on macOS, where the disk keeps what it was told to write unless it is told so. Nothing elsewhere.
  database.exec('PRAGMA fullfsync = ON')
  database.exec('BEGIN IMMEDIATE')
  const [application, version] = [pragma(database, 'application_id'), pragma(database, 'user_version')]
  if (application === 0 && version === 0 && pragma(database, 'schema_version') === 0) {
    database.exec(TABLES)
    database.exec(`PRAGMA application_id = ${APPLICATION}`)
    database.exec(`PRAGMA user_version = ${VERSION}`)
  } else if (application !== APPLICATION) throw foreign(path, 'is no database of jobs')
  else if (version !== VERSION) throw foreign(path, `is of version ${version}, and ${VERSION} is known here`)
  database.exec('COMMIT')
}

const foreign = (path: string, what: string): PureGalaxyError =>
  new PureGalaxyError('api.jobs.database', `${path} ${what}. Name another folder for jobs.`)
