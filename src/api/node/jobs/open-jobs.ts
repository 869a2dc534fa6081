import { setMaxListeners } from 'node:events'
import type { AppExtension } from '../../app-extension.ts'
import type { CutoutSource } from '../../cutout-source.ts'
import { RowClassifier } from './classify-rows.ts'
import { jobFigures } from './job-figures.ts'
import { completeJobLimits, type JobLimits } from './job-limits.ts'
import { describeJobRoutes } from './job-openapi.ts'
import { addJobRoutes } from './job-routes.ts'
import { JobRunner } from './job-runner.ts'
import { openSqliteJobStore } from './sqlite/sqlite-job-store.ts'
import { JobReception } from './submit-job.ts'

export interface OpenJobsOptions {
  /** Where jobs are kept: on a disk of this machine, and of this server alone. */
  readonly folder: string
  /** Where pictures of positions come from; without, only pictures are taken. */
  readonly cutouts?: CutoutSource
  /** Cut-outs that jobs fetch at once: fewer than the source does, so that requests find it free. Default 6. */
  readonly fetches?: number
  readonly limits?: Partial<JobLimits>
  /** Milliseconds between events of a job that does not change; default 15,000. */
  readonly heartbeat?: number
}

/** Jobs as an extension of an app. */
export interface Jobs extends AppExtension {
  readonly jobLimits: JobLimits
  /** Gives up what is in work, which is begun anew when the folder is opened next, and closes the folder. */
  close(): Promise<void>
}

/** Milliseconds between looks for jobs whose time is over. */
const LOOK = 60_000

/**
 * Jobs of a folder. They are worked on from `start` on, those first that were left open.
 *
 * @throws PureGalaxyError `api.limits`, `api.jobs.in-use`, `api.jobs.database`, `io.…`
 * @example
 * const jobs = await openJobs({ folder: 'jobs' })
 * const app = createApp({ classifiers, decode: decodeUpload, extensions: [jobs] })
 */
export async function openJobs(options: OpenJobsOptions): Promise<Jobs> {
  const { folder, cutouts, fetches = 6, heartbeat = 15_000 } = options
  const jobLimits = completeJobLimits(options.limits)
  const store = await openSqliteJobStore(folder, jobLimits)
  const stopping = new AbortController()
  // Every stream of events listens.
  setMaxListeners(0, stopping.signal)
  const positions = cutouts !== undefined
  let parts:
    | { readonly reception: JobReception; readonly runner: JobRunner; readonly tidy: () => void }
    | undefined
  let timer: ReturnType<typeof setInterval> | undefined

  return {
    get unavailable() {
      return store.unavailable
    },
    jobLimits,
    uploadTime: jobLimits.uploadTime,
    gauges: { jobs: () => jobFigures(store, parts!.runner) },
    silence: heartbeat,
    mount(app, { limits, decode, observer, find, models }) {
      const classifier = new RowClassifier({ limits, decode, fetches, ...(positions ? { cutouts } : {}) })
      const runner = new JobRunner({ store, classifier, models, positions, find, observer })
      const reception = new JobReception({ store, jobLimits, limits, positions, find, observer })
      // A server whose disk is full should say so before the first job is refused.
      const tidy = () => void store.tidy().catch((error: unknown) => observer.failure(error, 'jobs'))
      parts = { reception, runner, tidy }
      const expire = () =>
        store
          .expire(Date.now() - jobLimits.retention)
          .catch((error: unknown) => observer.failure(error, 'jobs'))
      timer = setInterval(() => void expire(), Math.min(LOOK, Math.ceil(jobLimits.retention / 4)))
      addJobRoutes(app, { store, reception, runner, limits: jobLimits, heartbeat, stopping: stopping.signal })
      describeJobRoutes(app, limits)
    },
    start() {
      parts?.runner.start()
      parts?.tidy()
    },
    async drain() {
      stopping.abort()
      await Promise.all([parts?.reception.close(), parts?.runner.stop()])
    },
    async close() {
      clearInterval(timer)
      stopping.abort()
      await parts?.runner.abort()
      await store.close()
    },
  }
}
