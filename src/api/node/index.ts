/**
 * What the API needs of Node: pictures decoded by sharp, metrics for Prometheus, a log, a file of keys, a server. The
 * routes are in the folder above and know nothing of it.
 */
export { decodeUpload } from './decode-upload.ts'
export { type KeyFile, type KeyFileOptions, openKeyFile } from './key-file.ts'
export { type PrometheusMetrics, prometheusMetrics } from './prometheus-metrics.ts'
export { type RunningServer, type StartServerOptions, startServer } from './start-server.ts'
export { type StructuredLog, structuredLog } from './structured-log.ts'
