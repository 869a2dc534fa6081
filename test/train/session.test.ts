import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDataset } from '../../src/io/open-dataset.ts'
import type { ImageDataset } from '../../src/io/types.ts'
import { type Batch, trainingBatches } from '../../src/train/batches.ts'
import { train } from '../../src/train/index.ts'
import { type RunRows, readRows } from '../../src/train/rows.ts'
import { runFiles } from '../../src/train/run-files.ts'
import { readRunConfig } from '../../src/train/run-folder.ts'
import { TrainingSession } from '../../src/train/session.ts'
import { writeTinyData } from './tiny-data.ts'

let folder: string
let runFolder: string
let dataset: ImageDataset
let rows: RunRows

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-session-'))
  runFolder = join(folder, 'run')
  const cacheDirectory = join(folder, 'cache')
  await train({
    data: await writeTinyData(folder, 40),
    cacheDirectory,
    model: { architecture: 'pure20', width: 0.25 },
    engine: 'onnx',
    threads: 1,
    epochs: 1,
    batchSize: 8,
    runFolder,
  })
  const { data } = await readRunConfig(runFolder)
  dataset = await openDataset(data.path, { cacheDirectory })
  rows = await readRows(runFiles(runFolder).rows, dataset)
}, 60_000)

afterAll(async () => {
  await dataset.close()
  await rm(folder, { recursive: true, force: true })
})

/** Runs something with a new session and its first batch. */
async function withSession<T>(work: (session: TrainingSession, batch: Batch) => Promise<T>): Promise<T> {
  const session = await TrainingSession.open(await readRunConfig(runFolder), dataset, rows, undefined)
  try {
    for await (const batch of trainingBatches(session.batches, 0, 0)) return await work(session, batch)
    throw new Error('no batch')
  } finally {
    await session.dispose()
  }
}

const RATE = 0.05
/** Takes the weights so far that the next step's loss is not finite. */
const RUINOUS = 1e30

describe('a training session', () => {
  it('comes to the same state whether steps are settled one by one or launched ahead', async () => {
    const oneByOne = await withSession(async (session, batch) => {
      const outcomes = []
      for (const number of [1, 2, 3]) {
        await session.launch(batch, RATE, number)
        outcomes.push(await session.settle())
      }
      return { outcomes, state: await session.readState() }
    })
    const ahead = await withSession(async (session, batch) => {
      await session.launch(batch, RATE, 1)
      await session.launch(batch, RATE, 2)
      const outcomes = [await session.settle()]
      await session.launch(batch, RATE, 3)
      outcomes.push(await session.settle(), await session.settle())
      return { outcomes, state: await session.readState() }
    })
    expect(ahead).toEqual(oneByOne)
  })

  it('goes back to the state before a step that is not finite, and drops what was launched since', async () => {
    await withSession(async (session, batch) => {
      await session.launch(batch, RUINOUS, 1)
      expect(await session.settle()).toMatchObject({ finite: true })
      const before = await session.readState()
      await session.launch(batch, RATE, 2)
      await session.launch(batch, RATE, 3)
      expect(await session.settle()).toMatchObject({ finite: false })
      expect(session.unsettled).toBe(0)
      expect(await session.readState()).toEqual(before)
    })
  })

  it('lets go of steps that were launched and never settled', async () => {
    await withSession((session, batch) => session.launch(batch, RATE, 1))
  })
})
