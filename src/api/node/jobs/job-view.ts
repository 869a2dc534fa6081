import { isFinal, type Job } from './job.ts'
import type { JobRunner } from './job-runner.ts'
import type { JobView } from './job-schemas.ts'

/**
 * A job as clients see it.
 *
 * @param retention milliseconds that it is kept after it changed last
 */
export function viewOf(
  job: Job,
  runner: Pick<JobRunner, 'stall' | 'pauseOf' | 'rateOf'>,
  retention: number,
): JobView {
  const final = isFinal(job)
  const stalled = final ? undefined : runner.stall(job)
  const rate = final ? undefined : runner.rateOf(job.id)
  return {
    id: job.id,
    state: stalled === undefined ? job.state : 'stalled',
    detail: stalled ?? (final ? undefined : runner.pauseOf(job.id)) ?? null,
    source: job.source,
    model: job.model,
    modelVersion: job.modelVersion,
    rows: job.rows,
    done: job.done,
    refused: job.refused,
    rowsPerSecond: rate === undefined ? null : Number(rate.toPrecision(3)),
    secondsLeft: rate === undefined ? null : Math.ceil((job.rows - job.done) / rate),
    created: dateOf(job.created),
    started: job.started === undefined ? null : dateOf(job.started),
    finished: job.finished === undefined ? null : dateOf(job.finished),
    expires: final ? dateOf(job.updated + retention) : null,
  }
}

const dateOf = (milliseconds: number): string => new Date(milliseconds).toISOString()
