import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import {
  type AugmentationOptions,
  createAugmentation,
  type NoiseAugmentation,
} from '../../src/augment/index.ts'
import { openEngine } from '../../src/engine/index.ts'
import type { ImageDataset } from '../../src/io/types.ts'
import { RandomStream } from '../../src/random/index.ts'
import { GALAXY10_DECALS } from '../../src/survey/galaxy10.ts'
import { hostFeed, type PictureFeed } from '../../src/train/picture-feed.ts'
import { fitsOnDevice, residentFeed } from '../../src/train/resident-feed.ts'
import { repeatFor, summarise } from '../statistics.ts'

export interface ResidentOptions {
  readonly size: number
  readonly batch: number
  /** Pictures of the data set. */
  readonly count: number
  readonly seconds: number
}

/** Pictures of random bytes, made when they are asked for: as many as are wanted, on no disk. */
function randomDataset(count: number, size: number): ImageDataset {
  const length = size * size * 3
  const stream = new RandomStream(1)
  const noise = Uint8Array.from({ length: 2 ** 22 + length }, () => stream.integer(256))
  return {
    path: 'random pictures',
    hash: '',
    length: count,
    height: size,
    width: size,
    classes: GALAXY10_DECALS,
    labels: new Int32Array(count),
    allowed: undefined,
    ids: undefined,
    ra: undefined,
    dec: undefined,
    async read(indices, out) {
      for (let at = 0; at < indices.length; at++) {
        const from = Math.imul(indices[at]! + 1, 2654435761) >>> 10
        out.set(noise.subarray(from, from + length), at * length)
      }
    },
    async close() {},
  }
}

const NOISE: NoiseAugmentation = { protocol: 'counts', levels: [25, 12, 5], probability: 0.5 }

/**
 * A data set of Galaxy10's size kept on the device: time to bring it there, batches per second picked and moved there
 * beside those prepared on the host, without noise and with, and the most memory that this process took without.
 */
export async function residentFigures({ size, batch, count, seconds }: ResidentOptions): Promise<object> {
  const engine = await openEngine('xla', { threads: cpus().length })
  const dataset = randomDataset(count, size)
  const moves = {
    redraw: 0,
    resizedCrop: null,
    padAndCrop: Math.ceil(size / 16),
    symmetry: 'square',
  } as const
  const feedOptions = (augmentation: AugmentationOptions) => ({
    dataset,
    batchSize: batch,
    augmentation: createAugmentation(augmentation, 1),
  })
  const options = feedOptions(moves)
  const fits = await fitsOnDevice(engine, options, count)
  const rows = Uint32Array.from({ length: count }, (_, row) => row)
  const before = performance.now()
  const resident = await residentFeed(engine, options, rows)
  await rate(resident, count, batch, 0)
  const uploadSeconds = (performance.now() - before) / 1000
  const onDevice = await rate(resident, count, batch, seconds)
  const peakResidentMiB =
    Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024
  await resident.dispose()
  const noisyOptions = feedOptions({ ...moves, noise: NOISE })
  const noisy = await residentFeed(engine, noisyOptions, rows)
  await rate(noisy, count, batch, 0)
  const noisyOnDevice = await rate(noisy, count, batch, seconds)
  await noisy.dispose()
  await engine.dispose()
  const onHost = await rate(hostFeed(options), count, batch, seconds)
  const noisyOnHost = await rate(hostFeed(noisyOptions), count, batch, seconds)
  const imagesPerSecond = { onDevice, onHost, noisyOnDevice, noisyOnHost }
  return { count, size, fits, uploadSeconds, imagesPerSecond, noise: NOISE, peakResidentMiB }
}

async function rate(feed: PictureFeed, count: number, batch: number, seconds: number) {
  const stream = new RandomStream(2)
  const times = await repeatFor(seconds, async () => {
    const indices = Uint32Array.from({ length: batch }, () => stream.integer(count))
    const pictures = await feed.pictures(indices, 0)
    if ('read' in pictures) {
      // Until it has been computed, a batch on the device is a promise.
      await pictures.read()
      pictures.dispose()
    }
  })
  return summarise(times.map((time) => batch / time))
}
