/**
 * Jobs: catalogues and pictures that are sent once and classified in the background, whatever happens to the server
 * meanwhile. `JobStore` is where they are kept and queued, `sqlite/` the one there is; `JobRunner` works on their rows and
 * lets requests go first; the routes are under /v1/jobs. How a picture becomes probabilities is the app's business.
 */
export type { Job, JobItem, JobResult, JobRow, JobSource, JobState } from './job.ts'
export { DEFAULT_JOB_LIMITS, type JobLimits } from './job-limits.ts'
export type { JobView } from './job-schemas.ts'
export type { BegunJob, Chunk, ClaimOptions, JobStore, NewJob } from './job-store.ts'
export { type Jobs, type OpenJobsOptions, openJobs } from './open-jobs.ts'
