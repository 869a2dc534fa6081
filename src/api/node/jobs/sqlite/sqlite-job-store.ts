import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Piscina } from 'piscina'
import { builtScript } from '../../../../built-script.ts'
import { PureGalaxyError } from '../../../../errors.ts'
import { fileError } from '../../../../io/file-errors.ts'
import { makeFolder } from '../../../../make-folder.ts'
import type { JobLimits } from '../job-limits.ts'
import type { JobStore } from '../job-store.ts'
import type { JobDatabase } from './job-database.ts'
import type { JobDatabaseCall, JobDatabaseOutcome, JobDatabaseRun } from './job-database-worker.ts'
import { OpenedFiles } from './opened-files.ts'

/** Name of the file in the folder; SQLite keeps `-wal` beside it. */
const FILE = 'jobs.sqlite'

const MOVED =
  'The folder of jobs was moved or removed while the server ran, so jobs would be lost. Put it back, or start the server again.'

/** Code of the error that there is no room. */
const FULL = 'api.jobs.full'

/**
 * Opens the store of a folder, for this server alone: a file of SQLite on a disk of this machine, in a thread of its own.
 *
 * @param folder made where it is missing
 * @throws PureGalaxyError `api.jobs.in-use` while another server has it, `api.jobs.database` for a file of something else,
 *   `api.jobs.unavailable` where SQLite cannot be loaded, `io.…` where the folder cannot be made
 */
export async function openSqliteJobStore(folder: string, limits: JobLimits): Promise<JobStore> {
  try {
    await makeFolder(folder)
  } catch (error) {
    throw fileError(error, folder)
  }
  const path = join(folder, FILE)
  const run: JobDatabaseRun = { path, limits }
  const thread = new Piscina({
    filename: builtScript('api/node/job-database-worker.js'),
    minThreads: 1,
    maxThreads: 1,
    workerData: run,
  })
  const failures = { full: 0, failed: 0 }
  const listeners = new Set<(id: string) => void>()
  const tell = (id: string) => {
    for (const listener of listeners) listener(id)
  }

  async function call<Method extends keyof JobDatabase>(
    method: Method,
    ...parameters: Parameters<JobDatabase[Method]>
  ): Promise<ReturnType<JobDatabase[Method]>> {
    return unwrap(await outcomeOf(method, parameters))
  }

  /** The same, but where there is no room waits for that of jobs that are being removed. */
  async function callPatiently<Method extends keyof JobDatabase>(
    method: Method,
    ...parameters: Parameters<JobDatabase[Method]>
  ): Promise<ReturnType<JobDatabase[Method]>> {
    const outcome = await outcomeOf(method, parameters)
    if ('value' in outcome || outcome.code !== FULL || sweeping === undefined) return unwrap(outcome)
    await sweeping.catch(() => undefined)
    return unwrap(await outcomeOf(method, parameters))
  }

  function unwrap<Method extends keyof JobDatabase>(
    outcome: JobDatabaseOutcome<Method>,
  ): ReturnType<JobDatabase[Method]> {
    if ('value' in outcome) return outcome.value
    if (outcome.code === FULL) failures.full++
    throw new PureGalaxyError(outcome.code, outcome.message)
  }

  async function outcomeOf<Method extends keyof JobDatabase>(
    method: Method,
    parameters: Parameters<JobDatabase[Method]>,
  ): Promise<JobDatabaseOutcome<Method>> {
    const task: JobDatabaseCall<Method> = { method, parameters }
    const outcome: JobDatabaseOutcome<Method> = await thread.run(task).catch((error: unknown) => {
      failures.failed++
      throw error
    })
    // Messages between threads that answer each other can keep the event loop from all else.
    await setImmediate()
    return outcome
  }

  let sweeping: Promise<void> | undefined
  let sweepAgain = false
  /** Removes in steps, so that other calls come between. Who does not wait leaves it to `expire` to tell what failed. */
  function sweep(): Promise<void> {
    // The step in hand may have looked before there was this to remove.
    sweepAgain = true
    sweeping ??= (async () => {
      while (!closed && sweepAgain) {
        sweepAgain = false
        while (!closed && (await call('sweep')));
      }
    })().finally(() => {
      sweeping = undefined
    })
    sweeping.catch(() => undefined)
    return sweeping
  }

  let closed = false
  try {
    // Opens the file. A disk that is full is no hindrance: what is there can be read, and removed when there is room.
    await call('sweep')
  } catch (error) {
    if (!(error instanceof PureGalaxyError && error.code === FULL)) {
      await thread.destroy()
      throw error
    }
  }
  const files = new OpenedFiles([path, `${path}-wal`])
  /** @throws where nobody would find again what is stored */
  const ensureInPlace = () => {
    if (!files.moved) return
    failures.failed++
    throw new PureGalaxyError('api.jobs.moved', MOVED, {
      cause: new Error(`${path} is not the file that was opened`),
    })
  }
  void sweep()

  return {
    get unavailable() {
      return files.moved ? MOVED : undefined
    },
    async begin(job) {
      ensureInPlace()
      return callPatiently('begin', job)
    },
    append: (id, items) => callPatiently('append', id, items),
    async accept(id, fingerprint) {
      const job = await call('accept', id, fingerprint)
      ensureInPlace()
      tell(id)
      return job
    },
    async discard(id) {
      await call('discard', id)
      void sweep()
    },
    find: (id, owner) => call('find', id, owner),
    list: (owner, options) => call('list', owner, options),
    results: (id, options) => call('results', id, options),
    async cancel(id) {
      await call('cancel', id)
      tell(id)
      void sweep()
    },
    async remove(id) {
      await call('remove', id)
      tell(id)
      void sweep()
    },
    claim: (options) => call('claim', options),
    async complete({ job }, results) {
      const cells = results.map(({ row, probabilities, error }) => ({ row, probabilities, error }))
      const after = await call('complete', job.id, cells)
      tell(job.id)
      return after
    },
    async release({ job, rows }) {
      await call(
        'release',
        job.id,
        rows.map(({ row }) => row),
      )
    },
    async expire(before) {
      const gone = await call('expire', before)
      for (const id of gone) tell(id)
      await sweep()
    },
    async tidy() {
      const swept = await sweep().catch((error: unknown) => error)
      // Nobody asked for room yet: no failure of the store.
      const room = await outcomeOf('checkRoom', [])
      if ('code' in room && room.code === FULL)
        throw new PureGalaxyError(
          FULL,
          `There is no room for more jobs in ${folder}. Make room on its disk, or remove jobs that are done.`,
        )
      if (swept !== undefined) throw swept
    },
    figures: () => call('figures'),
    failures,
    watch(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      closed = true
      await sweeping?.catch(() => undefined)
      // Where it fails nothing is lost: what is beside the file is read when it is opened next.
      await call('finish').catch(() => undefined)
      await thread.close()
    },
  }
}
