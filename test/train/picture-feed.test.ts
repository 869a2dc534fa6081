import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAugmentation } from '../../src/augment/index.ts'
import { openDataset } from '../../src/io/index.ts'
import type { TrainOptions } from '../../src/train/index.ts'
import { openFeed } from '../../src/train/open-feed.ts'
import { hostFeed } from '../../src/train/picture-feed.ts'
import { workerFeed } from '../../src/train/worker-feed.ts'
import { fullAccelerator } from './full-accelerator.ts'
import { SIDE, writeTinyData } from './tiny-data.ts'

let folder: string
let options: Omit<TrainOptions, 'runFolder'>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-feed-'))
  options = {
    data: await writeTinyData(folder, 66),
    cacheDirectory: join(folder, 'cache'),
    model: { architecture: 'pure20', width: 0.25 },
    engine: 'onnx',
    threads: 1,
    epochs: 2,
    batchSize: 16,
    augmentation: { redraw: 0, resizedCrop: null, padAndCrop: 2, symmetry: 'square' },
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('training pictures that threads prepare', { timeout: 120_000 }, () => {
  it('are those prepared on the host, bit for bit', async () => {
    const noise = { protocol: 'counts', levels: [25, 5], probability: 0.5 } as const
    const augmentation = { redraw: 0.5, resizedCrop: 0.5, padAndCrop: 2, symmetry: 'square', noise } as const
    const open = { cacheDirectory: join(folder, 'cache') }
    const dataset = await openDataset(options.data, open)
    const run = { path: options.data, open, augmentation, batchSize: 8, seed: 3 }
    const threads = workerFeed(run, dataset, 2)
    const host = hostFeed({ dataset, batchSize: 8, augmentation: createAugmentation(augmentation, 3) })
    const batches = [0, 1, 2, 3].map((batch) => Uint32Array.from({ length: 8 }, (_, at) => 7 * at + batch))
    const prepared = await Promise.all(batches.map((indices) => threads.pictures(indices, 5)))
    for (const [at, indices] of batches.entries())
      expect(prepared[at]).toEqual(await host.pictures(indices, 5))
    await threads.dispose()
    await dataset.close()
  })

  it('say what is wrong with the data set, and end', async () => {
    const run = { path: join(folder, 'nothing.h5'), open: {}, augmentation: options.augmentation!, seed: 1 }
    const threads = workerFeed({ ...run, batchSize: 8 }, { height: 8, width: 8 }, 1)
    await expect(threads.pictures(Uint32Array.of(0), 0)).rejects.toThrow(/nothing\.h5/)
    await threads.dispose()
  })
})

describe('an accelerator', { timeout: 120_000 }, () => {
  it('leaves pictures that do not fit after all to threads, unless told to keep them', async () => {
    const open = { cacheDirectory: join(folder, 'cache') }
    const dataset = await openDataset(options.data, open)
    const rows = Uint32Array.from({ length: 60 }, (_, row) => row)
    const config = {
      data: { path: options.data, size: [SIDE, SIDE] as const, subset: null },
      cacheDirectory: open.cacheDirectory,
      recipe: { augmentation: options.augmentation!, batchSize: 8 },
      seed: 3,
    }
    const of = (dataOnDevice: boolean | null) =>
      openFeed(fullAccelerator(2 ** 30), { ...config, engine: { dataOnDevice } }, dataset, rows)
    await expect(of(true)).rejects.toMatchObject({ code: 'engine.out-of-memory' })
    const feed = await of(null)
    const augmentation = createAugmentation(options.augmentation!, 3)
    const host = hostFeed({ dataset, batchSize: 8, augmentation })
    expect(feed.ahead).toBeGreaterThan(host.ahead)
    const batch = rows.subarray(8, 16)
    expect(await feed.pictures(batch, 1)).toEqual(await host.pictures(batch, 1))
    await feed.dispose()
    await dataset.close()
  })
})
