import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TrainOptions, train } from '../../src/train/index.ts'
import { tensorBytes } from './killable-run.ts'
import { writeTinyData } from './tiny-data.ts'

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

describe('training pictures that are kept on the device', { timeout: 120_000 }, () => {
  it('give the same model, bit for bit, as pictures prepared on the host', async () => {
    const [host, device] = [join(folder, 'host'), join(folder, 'device')]
    await train({ ...options, runFolder: host, dataOnDevice: false })
    await train({ ...options, runFolder: device, dataOnDevice: true })
    expect(await tensorBytes(join(device, 'last.safetensors'))).toEqual(
      await tensorBytes(join(host, 'last.safetensors')),
    )
  })

  it('are refused where training computes pixels anew', async () => {
    const augmentation = { ...options.augmentation!, redraw: 0.5 }
    await expect(
      train({ ...options, augmentation, runFolder: join(folder, 'redrawn'), dataOnDevice: true }),
    ).rejects.toMatchObject({ code: 'train.data-on-device' })
  })
})
