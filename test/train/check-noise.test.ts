import { existsSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AugmentationOptions } from '../../src/augment/index.ts'
import { type ImageDataset, openDataset, writeGalaxy10 } from '../../src/io/index.ts'
import { GalaxySimulator } from '../../src/simulate/index.ts'
import { checkTrainingNoise } from '../../src/train/check-noise.ts'
import { train } from '../../src/train/index.ts'
import { writeTinyData } from './tiny-data.ts'

const PLAIN: AugmentationOptions = { redraw: 0, resizedCrop: null, padAndCrop: 0, symmetry: 'none' }
const noise = { protocol: 'exposure', levels: [1 / 2, 1 / 8], probability: 0.5 } as const

describe('exposure noise on training pictures', () => {
  const folder = mkdtempSync(join(tmpdir(), 'puregalaxy-stretch-'))
  let galaxies: ImageDataset
  let others: ImageDataset
  let tiny: string
  beforeAll(async () => {
    const side = 32
    const simulator = new GalaxySimulator({ seed: 3, size: side })
    const drawn = Array.from({ length: 20 }, (_, index) => simulator.draw(index))
    const images = new Uint8Array(20 * 3 * side ** 2)
    for (const [row, { picture }] of drawn.entries()) images.set(picture, row * 3 * side ** 2)
    const path = join(folder, 'galaxies.h5')
    await writeGalaxy10({
      path,
      size: [side, side],
      batches: [{ images, labels: drawn.map(({ label }) => label) }],
    })
    galaxies = await openDataset(path, { cacheDirectory: folder })
    tiny = await writeTinyData(folder, 40)
    others = await openDataset(tiny, { cacheDirectory: folder })
  })
  afterAll(async () => {
    await galaxies.close()
    await others.close()
    await rm(folder, { recursive: true, force: true })
  })

  const check = (dataset: ImageDataset, augmentation: Partial<AugmentationOptions>) =>
    checkTrainingNoise(
      dataset,
      Array.from({ length: dataset.length }, (_, row) => row),
      {
        ...PLAIN,
        ...augmentation,
      },
    )

  it('is taken where the pictures have the stretch of the Legacy Surveys', async () => {
    await check(galaxies, { noise })
  })

  it('is refused where they have not, and told how to go on', async () => {
    await expect(check(others, { noise })).rejects.toMatchObject({
      code: 'train.stretch',
      message: expect.stringMatching(
        /tiny\.h5: exposure noise undoes .* grey of 32\.4.*Of 40 pictures.*--noise counts, --redraw 0\.8 or more.*--any-stretch/,
      ),
    })
    // One of ten classes happens to have that brightness.
    await expect(check(others, { noise, redraw: 0.5 })).rejects.toMatchObject({ code: 'train.stretch' })
  })

  it('is taken where enough are redrawn as the survey would show them', async () => {
    await check(others, { noise, redraw: 0.8 })
  })

  it('says nothing of other noise, nor of none', async () => {
    await check(others, {})
    await check(others, { noise: { ...noise, protocol: 'counts', levels: [60] } })
  })

  it('makes no run folder where it is refused, and trains where it was asked for all the same', {
    timeout: 60_000,
  }, async () => {
    const runFolder = join(folder, 'run')
    const options = {
      data: tiny,
      runFolder,
      model: { architecture: 'pure20', width: 0.25 },
      epochs: 1,
      batchSize: 8,
      augmentation: { ...PLAIN, noise },
      engine: 'onnx',
      threads: 1,
      cacheDirectory: folder,
    } as const
    await expect(train(options)).rejects.toMatchObject({ code: 'train.stretch' })
    expect(existsSync(runFolder)).toBe(false)
    expect((await train({ ...options, anyStretch: true })).status).toBe('finished')
  })
})
