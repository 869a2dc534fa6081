/**
 * What the API needs of Node: models in a process of their own, pictures decoded by sharp, cut-outs from a survey's server,
 * jobs, metrics for Prometheus, a log, a file of keys, the files of the page, a server. The routes are in the folder above and know nothing of it, but
 * for those of jobs.
 */
export type { CutoutRecord } from './cutouts/cutout-record.ts'
export {
  type CutoutLimits,
  type Cutouts,
  DEFAULT_CUTOUT_LIMITS,
  type OpenCutoutsOptions,
  openCutouts,
} from './cutouts/open-cutouts.ts'
export type { Resolve } from './cutouts/pinned-lookup.ts'
export { decodeUpload } from './decode-upload.ts'
export { docsFiles } from './docs-files.ts'
export {
  DEFAULT_JOB_LIMITS,
  type JobLimits,
  type JobStore,
  type Jobs,
  type OpenJobsOptions,
  openJobs,
} from './jobs/index.ts'
export { type KeyFile, type KeyFileOptions, openKeyFile } from './key-file.ts'
export { type EngineModels, type OpenEngineProcessOptions, openEngineProcess } from './open-engine-process.ts'
export { type PrometheusMetrics, prometheusMetrics } from './prometheus-metrics.ts'
export { readWebPage } from './read-web-page.ts'
export { type RunningServer, type StartServerOptions, startServer } from './start-server.ts'
export { type StructuredLog, structuredLog } from './structured-log.ts'
