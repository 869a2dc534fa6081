import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { afterEach, describe, expect, it } from 'vitest'
import { DEFAULT_JOB_LIMITS, type JobStore } from '../../../src/api/node/index.ts'
import { openSqliteJobStore } from '../../../src/api/node/jobs/sqlite/sqlite-job-store.ts'
import { GALAXY10_DECALS } from '../../../src/survey/galaxy10.ts'
import { temporaryFolder } from '../../io/temporary-folder.ts'

const opened: JobStore[] = []
afterEach(() => Promise.all(opened.splice(0).map((store) => store.close())))

async function open(folder: string): Promise<JobStore> {
  const store = await openSqliteJobStore(folder, DEFAULT_JOB_LIMITS)
  opened.push(store)
  return store
}

/** Changes the file of a folder whose store is closed. */
async function change(folder: string, sql: string): Promise<void> {
  await Promise.all(opened.splice(0).map((store) => store.close()))
  const database = new Database(join(folder, 'jobs.sqlite'))
  database.exec(sql)
  database.close()
}

const JOB = {
  owner: 'somebody',
  source: 'catalogue',
  model: 'm',
  modelVersion: '1',
  classes: GALAXY10_DECALS,
} as const

async function submit(store: JobStore, rows: number): Promise<string> {
  const { id } = (await store.begin(JOB)) as { id: string }
  await store.append(
    id,
    Array.from({ length: rows }, (_, at) => ({ id: `g${at}`, ra: at, dec: -at })),
  )
  return (await store.accept(id, 'fingerprint')).id
}

/** Works on what there is. */
async function finish(store: JobStore): Promise<void> {
  const options = {
    models: [{ name: 'm', version: '1' }],
    sources: ['catalogue'],
    except: [],
    rows: 3,
  } as const
  for (let chunk = await store.claim(options); chunk !== undefined; chunk = await store.claim(options)) {
    const results = chunk.rows.map(({ row, id }) => ({
      row,
      id,
      probabilities: new Float64Array(10).fill(row),
    }))
    await store.complete(chunk, results)
  }
}

const rowsOf = async (store: JobStore, id: string, from = 0) =>
  (await store.results(id, { from, limit: 100 })).map(({ row, id, ra, probabilities }) => [
    row,
    id,
    ra,
    probabilities![0],
  ])

const numbered = (rows: number, from = 0) =>
  Array.from({ length: rows - from }, (_, at) => [from + at, `g${from + at}`, from + at, from + at])

describe('a store of jobs', () => {
  it('keeps rows apart after millions of jobs, where their keys are no numbers of JavaScript any more', async () => {
    const folder = temporaryFolder()
    await submit(await open(folder), 5)
    await change(folder, `UPDATE sqlite_sequence SET seq = ${2 ** 30} WHERE name = 'jobs'`)
    const store = await open(folder)
    const [one, other] = [await submit(store, 8), await submit(store, 5)]
    await finish(store)
    expect(await rowsOf(store, one)).toEqual(numbered(8))
    expect(await rowsOf(store, other, 2)).toEqual(numbered(5, 2))
    await store.remove(one)
    await store.expire(0)
    await expect(rowsOf(store, one)).rejects.toMatchObject({ code: 'api.no-such-job' })
    expect(await rowsOf(store, other)).toEqual(numbered(5))
  })

  it('gives results up to the first row that waits, and those of a cancelled job all', async () => {
    const store = await open(temporaryFolder())
    const id = await submit(store, 6)
    const options = {
      models: [{ name: 'm', version: '1' }],
      sources: ['catalogue'],
      except: [],
      rows: 6,
    } as const
    const { job, rows } = (await store.claim(options))!
    const some = { job, rows: rows.filter(({ row }) => row !== 2) }
    await store.complete(
      some,
      some.rows.map(({ row, id }) => ({ row, id, probabilities: new Float64Array(10).fill(row) })),
    )
    expect(await rowsOf(store, id)).toEqual(numbered(2))
    await store.cancel(id)
    expect((await rowsOf(store, id)).map(([row]) => row)).toEqual([0, 1, 3, 4, 5])
  })

  it('that was closed for longer than jobs are kept removes those that had ended, and no open one', async () => {
    const folder = temporaryFolder()
    const store = await open(folder)
    const done = await submit(store, 2)
    await finish(store)
    const waiting = await submit(store, 2)
    await change(folder, 'UPDATE jobs SET updated = 0')
    const again = await open(folder)
    await again.expire(Date.now() - 3_600_000)
    expect(await again.find(done, 'somebody')).toBeUndefined()
    expect(await again.find(waiting, 'somebody')).toMatchObject({ state: 'queued' })
    // It has been open for longer than so many milliseconds.
    await again.expire(Date.now())
    expect(await again.find(waiting, 'somebody')).toBeUndefined()
  })

  it('that was closed is one file, which can be copied', async () => {
    const [folder, other] = [temporaryFolder(), temporaryFolder()]
    const store = await open(folder)
    const id = await submit(store, 5)
    await finish(store)
    await store.close()
    opened.length = 0
    copyFileSync(join(folder, 'jobs.sqlite'), join(other, 'jobs.sqlite'))
    expect(await rowsOf(await open(other), id)).toEqual(numbered(5))
  })

  it('does not answer that a job is accepted which is there no more', async () => {
    const store = await open(temporaryFolder())
    const { id } = (await store.begin(JOB)) as { id: string }
    await store.discard(id)
    await expect(store.accept(id, 'fingerprint')).rejects.toMatchObject({ code: 'api.no-such-job' })
  })

  it('lists no jobs behind one that is there no more, as if they were all', async () => {
    const store = await open(temporaryFolder())
    const ids = [await submit(store, 1), await submit(store, 1), await submit(store, 1)]
    const list = async (before: string) =>
      (await store.list('somebody', { limit: 9, before })).map(({ id }) => id)
    expect(await list(ids[2]!)).toEqual([ids[1], ids[0]])
    await store.remove(ids[2]!)
    await expect(list(ids[2]!)).rejects.toMatchObject({ code: 'api.no-such-job' })
    await expect(store.list('other', { limit: 9, before: ids[1]! })).rejects.toMatchObject({
      code: 'api.no-such-job',
    })
  })
})
