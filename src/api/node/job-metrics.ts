import { Counter, Gauge, type Registry } from 'prom-client'
import type { JobFigures } from '../observer.ts'

/** What every metric begins with. */
export type Named = (
  name: string,
  help: string,
) => { readonly name: string; readonly help: string; readonly registers: Registry[] }

/** Metrics of jobs; returns a function that sets them. */
export function jobMetrics(named: Named): (figures: JobFigures) => void {
  const jobs = new Gauge({
    ...named('jobs', 'Jobs that are kept, by state: queued, running, stalled, done, cancelled'),
    labelNames: ['state'],
  })
  const waiting = new Gauge(named('job_rows_waiting', 'Rows of open jobs that have no result'))
  const age = new Gauge(
    named('job_oldest_waiting_seconds', 'Age of the oldest job of which no row was worked on; 0 for none'),
  )
  const bytes = new Gauge(named('job_store_bytes', 'Size of the store of jobs'))
  const rows = new Counter({
    ...named('job_rows_total', 'Rows of jobs that got a result, by outcome: classified, refused, failed'),
    labelNames: ['outcome'],
  })
  const failures = new Counter({
    ...named(
      'job_store_failures_total',
      'Reads and writes of the store of jobs that failed, by kind: full, failed',
    ),
    labelNames: ['kind'],
  })
  return (figures) => {
    setCounts(rows, 'outcome', figures.rows)
    setCounts(failures, 'kind', figures.storeFailures)
    jobs.reset()
    for (const gauge of [waiting, age, bytes]) gauge.remove()
    const { stored } = figures
    if (stored === undefined) return
    for (const [state, count] of Object.entries(stored.jobs)) jobs.set({ state }, count)
    waiting.set(stored.rowsWaiting)
    age.set(stored.waitingSince === undefined ? 0 : Math.max(0, Date.now() - stored.waitingSince) / 1000)
    bytes.set(stored.bytes)
  }
}

/** Takes counts over that are kept elsewhere. */
function setCounts(counter: Counter, label: string, counts: Readonly<Record<string, number>>): void {
  counter.reset()
  for (const [name, count] of Object.entries(counts)) counter.inc({ [label]: name }, count)
}
