import { expect, it, vi } from 'vitest'
import { DEFAULT_JOB_LIMITS } from '../../../src/api/node/index.ts'
import { JobRunner } from '../../../src/api/node/jobs/job-runner.ts'
import { openSqliteJobStore } from '../../../src/api/node/jobs/sqlite/sqlite-job-store.ts'
import { PureGalaxyError } from '../../../src/errors.ts'
import { GALAXY10_DECALS } from '../../../src/survey/galaxy10.ts'
import { temporaryFolder } from '../../io/temporary-folder.ts'
import { brightnessModel } from '../api-server.ts'

/** A runner whose store cannot write results while `full`, with a job of five rows. */
async function fullStore() {
  const store = await openSqliteJobStore(temporaryFolder(), DEFAULT_JOB_LIMITS)
  const disk = { full: true, tries: 0 }
  const classified: number[] = []
  const model = brightnessModel()
  const failures: unknown[] = []
  const runner = new JobRunner({
    store: {
      ...store,
      async complete(...of) {
        disk.tries++
        if (disk.full) throw new PureGalaxyError('api.jobs.full', 'no room')
        return store.complete(...of)
      },
    },
    classifier: {
      async classify(rows) {
        classified.push(...rows.map(({ row }) => row))
        return rows.map(({ row, id }) => ({ result: { row, id, probabilities: new Float64Array(10) } }))
      },
    },
    models: [model],
    positions: true,
    find: () => ({ model }) as never,
    observer: { request() {}, picture() {}, run() {}, failure: (error) => failures.push(error) },
  })
  const job = { owner: '', model: model.name, modelVersion: model.version, classes: GALAXY10_DECALS }
  const { id } = (await store.begin({ ...job, source: 'catalogue' })) as { id: string }
  await store.append(
    id,
    Array.from({ length: 5 }, (_, at) => ({ id: `g${at}`, ra: 1, dec: 2 })),
  )
  await store.accept(id, 'fingerprint')
  return { store, runner, disk, classified, failures, id }
}

it('results that cannot be stored are kept and stored later: nothing is classified twice', async () => {
  const { store, runner, disk, classified, failures, id } = await fullStore()
  runner.start()
  await vi.waitUntil(() => disk.tries === 2, { timeout: 30_000 })
  expect(runner.pauseOf(id)).toBe('no room')
  disk.full = false
  await vi.waitUntil(async () => (await store.find(id, ''))!.state === 'done', { timeout: 30_000 })
  await runner.stop()
  expect(classified).toEqual([0, 1, 2, 3, 4])
  expect(failures).toHaveLength(2)
  expect(runner.pauseOf(id)).toBeUndefined()
  await store.close()
})

it('a server whose results cannot be stored is stopped all the same, and the rows wait', async () => {
  const { store, runner, disk, id } = await fullStore()
  runner.start()
  await vi.waitUntil(() => disk.tries === 1, { timeout: 30_000 })
  await runner.stop()
  expect(await store.find(id, '')).toMatchObject({ state: 'queued', done: 0 })
  await store.close()
})
