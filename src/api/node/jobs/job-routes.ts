import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { PureGalaxyError } from '../../../errors.ts'
import type { AppEnv } from '../../app-extension.ts'
import { validateQuery } from '../../schemas.ts'
import { eventStream } from './event-stream.ts'
import { isFinal, type Job } from './job.ts'
import { jobEvents } from './job-events.ts'
import type { JobLimits } from './job-limits.ts'
import { resultsFormat, resultsResponse } from './job-results.ts'
import type { JobRunner } from './job-runner.ts'
import { type JobView, listQuery, resultsQuery, submitQuery } from './job-schemas.ts'
import type { JobStore } from './job-store.ts'
import { viewOf } from './job-view.ts'
import type { JobReception } from './submit-job.ts'

export interface JobRoutesOptions {
  readonly store: JobStore
  readonly reception: JobReception
  readonly runner: JobRunner
  readonly limits: JobLimits
  /** Milliseconds between events of a job that does not change. */
  readonly heartbeat: number
  /** Aborted when the server is being stopped. */
  readonly stopping: AbortSignal
}

type JobContext = Context<AppEnv>

/** Adds the routes under /v1/jobs. A job of another key is answered as one that there is not. */
export function addJobRoutes(app: OpenAPIHono<AppEnv>, options: JobRoutesOptions): void {
  const { store, reception, runner, limits, heartbeat, stopping } = options
  const view = (job: Job): JobView => viewOf(job, runner, limits.retention)
  let streams = 0

  app.post('/v1/jobs', async (context) => {
    const { model } = validateQuery(submitQuery, context.req.url)
    const job = await reception.submit(context.req.raw, ownerOf(context), model)
    context.set('pictures', job.rows)
    return context.json(view(job), 202, { location: `/v1/jobs/${job.id}` })
  })

  app.get('/v1/jobs', async (context) => {
    const { limit, before } = validateQuery(listQuery, context.req.url)
    const found = await store.list(ownerOf(context), {
      limit: limit + 1,
      ...(before === undefined ? {} : { before }),
    })
    const jobs = found.slice(0, limit)
    return context.json({ jobs: jobs.map(view), next: found.length > limit ? jobs.at(-1)!.id : null })
  })

  app.get('/v1/jobs/:id', async (context) => context.json(view(await find(context))))

  app.get('/v1/jobs/:id/events', async (context) => {
    const job = await find(context)
    const after = lastEventId(context.req.header('last-event-id'))
    // Tells a client that has the last event to come back no more.
    if (isFinal(job) && after >= job.sequence) return context.body(null, 204)
    // The second keeps nginx, where it stands before this server, from gathering events.
    const headers = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }
    if (context.req.method === 'HEAD') return context.body(null, 200, headers)
    if (streams >= limits.streams || stopping.aborted)
      throw new PureGalaxyError(
        'api.busy',
        `${streams} streams of events are open. Ask for the job itself, or try again.`,
      )
    streams++
    const gone = new AbortController()
    const leave = () => gone.abort()
    const ends = [context.req.raw.signal, stopping]
    for (const end of ends) end.addEventListener('abort', leave)
    const events = jobEvents(job, { store, view, after, signal: gone.signal, heartbeat })
    return new Response(
      eventStream(
        ended(events, () => {
          streams--
          for (const end of ends) end.removeEventListener('abort', leave)
        }),
        leave,
      ),
      { headers },
    )
  })

  app.get('/v1/jobs/:id/results', async (context) => {
    const query = validateQuery(resultsQuery, context.req.url)
    const format = query.format ?? resultsFormat(context.req.header('accept') ?? null)
    return resultsResponse(store, await find(context), { format, from: query.from })
  })

  app.delete('/v1/jobs/:id', async (context) => {
    const job = await find(context)
    if (isFinal(job)) {
      await store.remove(job.id)
      return context.body(null, 204)
    }
    await store.cancel(job.id)
    runner.forget(job.id)
    return context.json(view(await find(context)), 200)
  })

  async function find(context: JobContext): Promise<Job> {
    const job = await store.find(context.req.param('id') ?? '', ownerOf(context))
    if (job === undefined) throw new PureGalaxyError('api.no-such-job', 'There is no such job.')
    return job
  }
}

const ownerOf = (context: JobContext): string => context.var.client?.name ?? ''

/** The number of an event; 0, as of no event, for what can be none of ours. */
const lastEventId = (header = ''): number => (/^\d{1,15}$/.test(header) ? Number(header) : 0)

/** The same, and tells when they end, however they do. */
async function* ended<Value>(
  values: AsyncGenerator<Value, void, undefined>,
  end: () => void,
): AsyncGenerator<Value, void, undefined> {
  try {
    yield* values
  } finally {
    end()
  }
}
