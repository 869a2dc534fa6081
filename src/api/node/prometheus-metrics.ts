import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { VERSION } from '../../version.ts'
import type { AppOptions } from '../create-app.ts'
import type { Gauges, Observer } from '../observer.ts'
import type { ServedModel } from '../served-model.ts'
import type { CutoutRecord } from './cutouts/cutout-record.ts'
import { jobMetrics, type Named } from './job-metrics.ts'

/** Upper ends in seconds, from a refusal to the deadline. */
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const RUN_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const BATCH_SIZES = [1, 2, 4, 8, 12, 16, 32, 64]

/** What an app counts, in Prometheus' text format: pass `observer` and `render` to `createApp`. */
export interface PrometheusMetrics {
  readonly observer: Observer
  readonly render: NonNullable<AppOptions['metrics']>
  /** To be passed to `openCutouts`. */
  readonly onCutout: (record: CutoutRecord) => void
}

/** Metrics of the given models and of the process, in a registry of their own. */
export function prometheusMetrics(models: readonly ServedModel[]): PrometheusMetrics {
  const registry = new Registry()
  const registers = [registry]
  const named: Named = (name, help) => ({ name: `puregalaxy_${name}`, help, registers })
  collectDefaultMetrics({ register: registry })

  const requests = new Counter({
    ...named('requests_total', 'Requests answered'),
    labelNames: ['method', 'route', 'status'],
  })
  const requestSeconds = new Histogram({
    ...named('request_seconds', 'Time until an answer began'),
    labelNames: ['route'],
    buckets: REQUEST_SECONDS,
  })
  const pictures = new Counter({
    ...named('pictures_total', 'Pictures answered, by outcome: classified, refused, failed'),
    labelNames: ['model', 'outcome'],
  })
  const batchSize = new Histogram({
    ...named('batch_pictures', 'Pictures of a run of the model'),
    labelNames: ['model'],
    buckets: BATCH_SIZES,
  })
  const runSeconds = new Histogram({
    ...named('engine_seconds', 'Time of a run of the model'),
    labelNames: ['model'],
    buckets: RUN_SECONDS,
  })
  const cutouts = new Counter({
    ...named(
      'cutouts_total',
      'Cut-outs asked for, by outcome: fetched, failed, kept (had from memory), shared',
    ),
    labelNames: ['outcome'],
  })
  const cutoutFailures = new Counter({
    ...named('cutout_failures_total', 'Cut-outs that could not be fetched, by kind'),
    labelNames: ['kind'],
  })
  const cutoutRetries = new Counter(named('cutout_retries_total', 'Times that a cut-out was asked for again'))
  const cutoutSeconds = new Histogram({
    ...named('cutout_seconds', 'Time of fetching a cut-out, with its retries'),
    buckets: REQUEST_SECONDS,
  })
  const inWork = new Gauge(named('requests_in_work', 'Requests for classification in work'))
  const depth = new Gauge({
    ...named('queue_pictures', 'Pictures admitted and not answered'),
    labelNames: ['model'],
  })
  const available = new Gauge({
    ...named('model_available', '1 while the engine can run the model, else 0'),
    labelNames: ['model'],
  })
  new Gauge({
    ...named('build_info', 'Versions of puregalaxy and Node'),
    labelNames: ['version', 'node'],
  }).set({ version: VERSION, node: process.version }, 1)
  const info = new Gauge({
    ...named('model_info', 'Models that are served'),
    labelNames: ['model', 'version', 'engine'],
  })
  for (const { name, version, engine } of models) info.set({ model: name, version, engine }, 1)
  let jobs: ReturnType<typeof jobMetrics> | undefined

  return {
    observer: {
      request({ method, route = 'none', status, seconds }) {
        // Any word may be a method, and each would be a series of its own.
        requests.inc({ method: METHODS.has(method) ? method : 'other', route, status })
        requestSeconds.observe({ route }, seconds)
      },
      picture: (model, outcome) => pictures.inc({ model, outcome }),
      run(model, count, seconds) {
        batchSize.observe({ model }, count)
        runSeconds.observe({ model }, seconds)
      },
    },
    onCutout(record) {
      cutouts.inc({ outcome: record.outcome })
      if (record.outcome === 'failed') cutoutFailures.inc({ kind: record.failure })
      if (!('seconds' in record)) return
      cutoutRetries.inc(record.retries)
      cutoutSeconds.observe(record.seconds)
    },
    async render(gauges: Gauges) {
      inWork.set(gauges.requests())
      for (const { name, unavailable } of models)
        available.set({ model: name }, unavailable === undefined ? 1 : 0)
      for (const [model, pictures] of gauges.depths()) depth.set({ model }, pictures)
      if (gauges.jobs !== undefined) {
        jobs ??= jobMetrics(named)
        jobs(await gauges.jobs())
      }
      return { text: await registry.metrics(), contentType: registry.contentType }
    },
  }
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
