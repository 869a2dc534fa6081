import { expect, it, vi } from 'vitest'
import { prometheusMetrics } from '../../../src/api/node/index.ts'
import { temporaryFolder } from '../../io/temporary-folder.ts'
import { brightnessModel, form, serveApp } from '../api-server.ts'
import { brightSky, catalogue, csv, type JobServer, serveJobs } from './job-server.ts'

/** The metrics whose names begin with `puregalaxy_job`, by name and labels. */
async function metricsOf({ ask }: Pick<JobServer, 'ask'>): Promise<Record<string, number>> {
  const text = await (await ask('/metrics')).text()
  const lines = text.split('\n').filter((line) => line.startsWith('puregalaxy_job'))
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0]!.slice(11), Number(line.split(' ')[1])]))
}

const watched = (model = brightnessModel()) => {
  const { observer, render } = prometheusMetrics([model])
  return { classifiers: [model], observers: [observer], metrics: render }
}

it('jobs are in the metrics: by state, rows that wait and have a result, the age of the oldest that waits', async () => {
  const sky = { open: true }
  const cutouts = {
    async fetch(place: { readonly ra: number }) {
      await vi.waitUntil(() => sky.open, { timeout: 60_000, interval: 5 })
      return brightSky.fetch(place)
    },
  }
  const folder = temporaryFolder()
  const server = await serveJobs({ folder, cutouts }, watched())
  const none = { 'jobs{state="queued"}': 0, 'jobs{state="running"}': 0, 'jobs{state="stalled"}': 0 }
  expect(await metricsOf(server)).toEqual({
    ...none,
    ...{ 'jobs{state="done"}': 0, 'jobs{state="cancelled"}': 0 },
    ...{ job_rows_waiting: 0, job_oldest_waiting_seconds: 0, job_store_bytes: expect.any(Number) },
    ...{
      'job_rows_total{outcome="classified"}': 0,
      'job_rows_total{outcome="refused"}': 0,
      'job_rows_total{outcome="failed"}': 0,
    },
    ...{ 'job_store_failures_total{kind="full"}': 0, 'job_store_failures_total{kind="failed"}': 0 },
  })
  const pictures = await server.submit({ body: form(['a', Buffer.from('no picture')]) })
  await server.reaches(pictures.id, 'done')
  await server.reaches((await server.submit(csv(catalogue(5)))).id, 'done')
  sky.open = false
  const { id, created } = await server.submit(csv(catalogue(40)))
  await server.submit(csv('id,ra,dec\na,1,2\nb,nan,2\n'))
  const waiting = await metricsOf(server)
  expect(waiting).toMatchObject({
    ...{
      'jobs{state="queued"}': 2,
      'jobs{state="running"}': 0,
      'jobs{state="done"}': 2,
      job_rows_waiting: 41,
    },
    ...{ 'job_rows_total{outcome="classified"}': 5, 'job_rows_total{outcome="refused"}': 1 },
  })
  const age = (Date.now() - Date.parse(created as string)) / 1000
  expect(waiting.job_oldest_waiting_seconds).toBeGreaterThanOrEqual(0)
  expect(waiting.job_oldest_waiting_seconds).toBeLessThanOrEqual(age)
  await server.ask(`/v1/jobs/${id}`, { method: 'DELETE' })
  expect(await metricsOf(server)).toMatchObject({
    ...{ 'jobs{state="queued"}': 1, 'jobs{state="cancelled"}': 1, job_rows_waiting: 1 },
  })
  const stopped = server.stop(0)
  sky.open = true
  await stopped
  await server.jobs.close()
  const other = await serveJobs({ folder }, watched())
  const queued = await metricsOf(other)
  // What was in work when the server stopped may have ended.
  expect(queued['jobs{state="stalled"}']! + queued['jobs{state="done"}']!).toBe(3)
})

it('there are no metrics of jobs where there are no jobs', async () => {
  const { ask } = await serveApp(watched())
  expect(await metricsOf({ ask })).toEqual({})
})

it('jobs that were refused for want of room are in the metrics', async () => {
  const server = await serveJobs({ limits: { storedBytes: 1 } }, watched())
  expect((await server.ask('/v1/jobs', { method: 'POST', body: form(['a', Buffer.alloc(9)]) })).status).toBe(
    507,
  )
  expect(await metricsOf(server)).toMatchObject({ 'job_store_failures_total{kind="full"}': 1 })
})
