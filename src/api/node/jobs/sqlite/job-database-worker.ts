/**
 * The thread in which a job database lives (see sqlite-job-store.ts), as SQLite blocks while it reads and writes.
 */
import { workerData } from 'piscina'
import { PureGalaxyError } from '../../../../errors.ts'
import type { JobLimits } from '../job-limits.ts'
import type { JobDatabase } from './job-database.ts'

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

async function open({ path, limits }: JobDatabaseRun): Promise<JobDatabase> {
  const { JobDatabase } = await import('./job-database.ts').catch((cause: Error) => {
    throw new PureGalaxyError(
      'api.jobs.unavailable',
      `Jobs are kept by the package libsql, which cannot be loaded here (${cause.message.split('\n')[0]}). Install it, or do without jobs.`,
      { cause },
    )
  })
  return new JobDatabase(path, limits)
}

/** Runs one call; the next one waits until it has ended. */
export default async function call({ method, parameters }: JobDatabaseCall): Promise<JobDatabaseOutcome> {
  try {
    database ??= await open(workerData as JobDatabaseRun)
    const run = database[method] as (...of: readonly unknown[]) => unknown
    return { value: run.apply(database, parameters) } as JobDatabaseOutcome
  } catch (error) {
    if (!(error instanceof PureGalaxyError)) throw error
    return { code: error.code, message: error.message }
  }
}
