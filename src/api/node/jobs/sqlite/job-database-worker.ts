/**
 * The thread in which a job database lives (see sqlite-job-store.ts), as SQLite blocks while it reads and writes.
 */
import { workerData } from 'piscina'
import { PureGalaxyError } from '../../../../errors.ts'
import type { JobLimits } from '../job-limits.ts'
import { JobDatabase } from './job-database.ts'

/** What the thread is told, as its `workerData`. */
export interface JobDatabaseRun {
  readonly path: string
  readonly limits: JobLimits
}

/** A call of a method. */
export interface JobDatabaseCall<Method extends keyof JobDatabase = keyof JobDatabase> {
  readonly method: Method
  readonly parameters: Parameters<JobDatabase[Method]>
}

/** Its outcome: on its way between threads an error loses its class. */
export type JobDatabaseOutcome<Method extends keyof JobDatabase = keyof JobDatabase> =
  | { readonly value: ReturnType<JobDatabase[Method]> }
  | { readonly code: string; readonly message: string }

let database: JobDatabase | undefined

export default function call({ method, parameters }: JobDatabaseCall): JobDatabaseOutcome {
  try {
    const { path, limits } = workerData as JobDatabaseRun
    database ??= new JobDatabase(path, limits)
    const run = database[method] as (...of: readonly unknown[]) => unknown
    return { value: run.apply(database, parameters) } as JobDatabaseOutcome
  } catch (error) {
    if (!(error instanceof PureGalaxyError)) throw error
    return { code: error.code, message: error.message }
  }
}
