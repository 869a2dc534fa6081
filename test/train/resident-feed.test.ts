import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AugmentationOptions,
  createAugmentation,
  type NoiseAugmentation,
} from '../../src/augment/index.ts'
import { type DeviceBuffer, type Engine, openEngine } from '../../src/engine/index.ts'
import { openDataset, writeGalaxy10 } from '../../src/io/index.ts'
import type { ImageDataset } from '../../src/io/types.ts'
import { type TrainOptions, train } from '../../src/train/index.ts'
import { type FeedOptions, hostFeed } from '../../src/train/picture-feed.ts'
import { fitsOnDevice, residentFeed } from '../../src/train/resident-feed.ts'
import { testedEngines } from '../engine/available.ts'
import { galaxies, NOISE_TOLERANCES } from '../robustness/noise-agreement.ts'
import { fullAccelerator } from './full-accelerator.ts'
import { tensorBytes } from './killable-run.ts'
import { SIDE, writeTinyData } from './tiny-data.ts'

const MOVES: AugmentationOptions = { redraw: 0, resizedCrop: null, padAndCrop: 2, symmetry: 'square' }
const COUNTS: NoiseAugmentation = { protocol: 'counts', levels: [60, 12, 3], probability: 0.5 }

let folder: string
let options: Omit<TrainOptions, 'runFolder'>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-resident-'))
  options = {
    data: await writeTinyData(folder, 66),
    cacheDirectory: join(folder, 'cache'),
    model: { architecture: 'pure20', width: 0.25 },
    threads: 1,
    epochs: 2,
    batchSize: 16,
    augmentation: MOVES,
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const SIZE = 40
/** The picture without noise in its border. */
const FLAT = 7

/** Simulated galaxies, and a bright square in a sky of one colour. */
async function openGalaxies(): Promise<ImageDataset> {
  const images = galaxies(SIZE, 20)
  const length = 3 * SIZE ** 2
  const flat = images.subarray(FLAT * length, (FLAT + 1) * length).fill(40)
  for (let row = 15; row < 25; row++) flat.fill(120, 3 * (row * SIZE + 15), 3 * (row * SIZE + 25))
  const path = join(folder, 'galaxies.h5')
  const labels = Array.from({ length: 20 }, (_, at) => at % 10)
  const allowed = labels.map((label) => 1 << label)
  await writeGalaxy10({ path, size: [SIZE, SIZE], batches: [{ images, labels, allowed }] })
  return openDataset(path, { cacheDirectory: join(folder, 'cache') })
}

/** `cpu` stands for what runs everywhere, `xla` for what an accelerator compiles. */
describe.each(await testedEngines('xla', 'cpu'))('a batch of pictures kept on $title', ({ name, skip }) => {
  let engine: Engine
  let dataset: ImageDataset
  beforeAll(async () => {
    if (skip) return
    engine = await openEngine(name, { threads: 2 })
    dataset = await openGalaxies()
  })
  afterAll(async () => {
    await dataset?.close()
    await engine?.dispose()
  })

  /** Of training pictures in an order of their own, batches of two epochs: the device's and the host's. */
  async function batches(noise: NoiseAugmentation | null, indices: readonly number[]) {
    const augmentation = createAugmentation({ ...MOVES, noise }, 3)
    const feed: FeedOptions = { dataset, batchSize: indices.length, augmentation }
    const rows = Uint32Array.from({ length: 15 }, (_, at) => 19 - at)
    const resident = await residentFeed(engine, feed, rows)
    const host = hostFeed(feed)
    const pairs: [device: Uint8Array, host: Uint8Array][] = []
    for (const epoch of [0, 1, 5]) {
      const chosen = Uint32Array.from(indices)
      const batch = (await resident.pictures(chosen, epoch)) as DeviceBuffer
      const { data } = await batch.read()
      batch.dispose()
      const prepared = (await host.pictures(chosen, epoch)) as { data: Uint8Array }
      pairs.push([Uint8Array.from(data), prepared.data])
    }
    await resident.dispose()
    return pairs
  }

  it
    .skipIf(skip)
    .each([
      null,
      COUNTS,
      { ...COUNTS, levels: [10_000], probability: 1 },
      { protocol: 'additive', levels: [0.9, 0.5, 0.1], probability: 0.7 },
    ] satisfies (NoiseAugmentation | null)[])(
    'is the one prepared on the host, byte for byte: %j',
    async (noise) => {
      for (const [device, host] of await batches(noise, [19, 5, 12, 8, 9, 5, 16]))
        expect(device).toEqual(host)
    },
  )

  it.skipIf(skip)(
    'is, with noise of exposure, the one prepared on the host as closely as in tests',
    async () => {
      const noise = { protocol: 'exposure', levels: [1 / 2, 1 / 4, 1 / 8], probability: 0.8 } as const
      const { share, difference } = NOISE_TOLERANCES.exposure
      const differences = (await batches(noise, [19, 5, 12, 8, 9, 10, 16, 18])).flatMap(([device, host]) => [
        ...device.map((value, i) => Math.abs(value - host[i]!)),
      ])
      expect(differences.filter((one) => one > 0).length).toBeLessThan(share * differences.length)
      expect(Math.max(...differences)).toBeLessThanOrEqual(difference)
    },
  )

  it.skipIf(skip)('takes from the host what its light is drawn of electron by electron', async () => {
    const noise = { protocol: 'exposure', levels: [1 / 8], probability: 1 } as const
    for (const [device, host] of await batches(noise, [9, FLAT, 12])) {
      const length = 3 * SIZE ** 2
      const [flat, want] = [device, host].map((batch) => batch.subarray(length, 2 * length))
      expect(flat).toEqual(want)
      expect(new Set(want).size).toBeGreaterThan(3)
      // The others are the program's.
      expect(device.filter((value, i) => value !== host[i]).length).toBeLessThan(1e-3 * device.length)
    }
  })
})

describe.each(await testedEngines('onnx', 'xla'))(
  'training on $title with pictures kept on the device',
  { timeout: 240_000 },
  ({ name, skip }) => {
    // Programs of `onnx` draw no noise.
    const noise = name === 'onnx' ? null : COUNTS
    const what = noise === null ? 'moved' : 'moved and made noisy'

    it.skipIf(skip)(`gives the model of pictures ${what} on the host, bit for bit`, async () => {
      const [host, device] = [join(folder, `${name}-host`), join(folder, `${name}-device`)]
      const same: Omit<TrainOptions, 'runFolder'> = {
        ...options,
        engine: name,
        augmentation: { ...MOVES, noise },
      }
      await train({ ...same, runFolder: host, dataOnDevice: false })
      await train({ ...same, runFolder: device, dataOnDevice: true })
      expect(await tensorBytes(join(device, 'last.safetensors'))).toEqual(
        await tensorBytes(join(host, 'last.safetensors')),
      )
    })
  },
)

describe('pictures that only the host prepares', () => {
  it.each([
    ['redrawn', { redraw: 0.5 }, /without redrawing/],
    ['resized', { resizedCrop: 0.5 }, /without redrawing and resized crops/],
    [
      'noisy, by an engine whose programs draw no random numbers',
      { noise: COUNTS },
      /engine is onnx.*such as xla/,
    ],
  ] satisfies [string, Partial<AugmentationOptions>, RegExp][])(
    'are refused before there is a run folder: %s',
    async (name, changes, message) => {
      const runFolder = join(folder, name)
      const wanted = train({
        ...options,
        engine: 'onnx',
        augmentation: { ...MOVES, ...changes },
        runFolder,
        dataOnDevice: true,
      })
      await expect(wanted).rejects.toMatchObject({
        code: 'train.data-on-device',
        message: expect.stringMatching(message),
      })
      expect(existsSync(runFolder)).toBe(false)
    },
  )
})

describe('an accelerator', () => {
  let dataset: ImageDataset
  beforeAll(async () => {
    dataset = await openDataset(options.data, { cacheDirectory: join(folder, 'cache') })
  })
  afterAll(() => dataset.close())

  it('keeps pictures that take less than half of what is free, of more than one slab a quarter', async () => {
    const feed = { dataset, batchSize: 8, augmentation: createAugmentation(MOVES, 1) }
    const picture = 3 * SIDE ** 2
    const slab = Math.floor(2 ** 28 / picture)
    for (const [count, share] of [
      [slab, 2],
      [slab + 1, 4],
    ] as const) {
      const least = share * count * picture
      expect(await fitsOnDevice(fullAccelerator(least), feed, count)).toBe(false)
      expect(await fitsOnDevice(fullAccelerator(least + 1), feed, count)).toBe(true)
    }
  })

  it.each([
    [true, 'noise of counts', { noise: COUNTS }],
    [true, 'noise of additive', { noise: { ...COUNTS, protocol: 'additive', levels: [0.5] } }],
    [
      false,
      'noise of exposure, which it would round otherwise',
      { noise: { ...COUNTS, protocol: 'exposure', levels: [0.5] } },
    ],
    [false, 'redrawn pictures', { redraw: 0.5 }],
    [false, 'resized crops', { resizedCrop: 0.5 }],
  ] satisfies [boolean, string, Partial<AugmentationOptions>][])(
    'keeps pictures of its own accord where that changes no result: %s for %s',
    async (kept, _, changes) => {
      const augmentation = createAugmentation({ ...MOVES, ...changes }, 1)
      const feed = { dataset, batchSize: 8, augmentation }
      expect(await fitsOnDevice(fullAccelerator(2 ** 30), feed, 60)).toBe(kept)
    },
  )
})
