import { Bell } from '../../bell.ts'
import { isFinal, type Job } from './job.ts'
import type { JobView } from './job-schemas.ts'
import type { JobStore } from './job-store.ts'

export interface JobEventsOptions {
  readonly store: Pick<JobStore, 'find' | 'watch'>
  readonly view: (job: Job) => JobView
  /** Number of the last event that the client has; 0 for none. */
  readonly after: number
  /** Aborted when the client is gone, or the server is being stopped. */
  readonly signal: AbortSignal
  /** Milliseconds without a change after which the job is told again, so that nobody between takes the connection for dead. */
  readonly heartbeat: number
}

/** Milliseconds between two events: a quick job changes often. */
const GAP = 250

/** Milliseconds after which a client that lost the connection comes back. */
const RETRY = 2000

/**
 * The course of a job as server-sent events (WHATWG HTML, section 9.2). Each tells the whole job, and its id is the job's
 * `sequence`: so a client that comes back and names its last one misses nothing that still matters. The last is called `end`.
 */
export async function* jobEvents(
  { id, owner }: Pick<Job, 'id' | 'owner'>,
  { store, view, after, signal, heartbeat }: JobEventsOptions,
): AsyncGenerator<string, void, undefined> {
  const [news, end] = [new Bell(), new Bell()]
  const unwatch = store.watch((changed) => {
    if (changed === id) news.ring()
  })
  const stop = () => {
    news.ring()
    end.ring()
  }
  signal.addEventListener('abort', stop)
  try {
    yield `retry: ${RETRY}\n\n`
    let seen = after
    let overdue = false
    while (!signal.aborted) {
      // Listens before it looks, so that no change falls between.
      const changed = news.wait(heartbeat)
      const job = await store.find(id, owner)
      if (job === undefined) return
      if (job.sequence <= seen && !overdue) {
        overdue = !(await changed)
        continue
      }
      seen = job.sequence
      overdue = false
      yield `event: ${isFinal(job) ? 'end' : 'progress'}\nid: ${seen}\ndata: ${JSON.stringify(view(job))}\n\n`
      if (isFinal(job)) return
      await end.wait(GAP)
    }
  } finally {
    signal.removeEventListener('abort', stop)
    unwatch()
    stop()
  }
}
