import type { JobFigures } from '../../observer.ts'
import type { JobRunner } from './job-runner.ts'
import type { JobStore } from './job-store.ts'

/** Figures of jobs, for /metrics: what is in the store, as clients see it, and what was done since the process started. */
export async function jobFigures(
  store: Pick<JobStore, 'figures' | 'failures'>,
  runner: Pick<JobRunner, 'outcomes' | 'stall'>,
): Promise<JobFigures> {
  // Where it fails that is counted, and all else is told.
  const stored = await store.figures().catch(() => undefined)
  const done = { rows: runner.outcomes, storeFailures: store.failures }
  if (stored === undefined) return done
  const { final, open, bytes } = stored
  const jobs = { queued: 0, running: 0, stalled: 0, ...final }
  let rowsWaiting = 0
  let waitingSince = Number.POSITIVE_INFINITY
  for (const group of open) {
    const state = runner.stall(group) === undefined ? group.state : 'stalled'
    jobs[state] += group.jobs
    rowsWaiting += group.rows
    if (group.state === 'queued') waitingSince = Math.min(waitingSince, group.created)
  }
  return {
    ...done,
    stored: { jobs, rowsWaiting, bytes, ...(Number.isFinite(waitingSince) ? { waitingSince } : {}) },
  }
}
