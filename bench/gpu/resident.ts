import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { createAugmentation } from '../../src/augment/index.ts'
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

/**
 * A data set of Galaxy10's size kept on the device: time to bring it there, batches per second picked and moved there
 * beside those prepared on the host, and the most memory that this process took.
 */
export async function residentFigures({ size, batch, count, seconds }: ResidentOptions): Promise<object> {
  const engine = await openEngine('xla', { threads: cpus().length })
  const dataset = randomDataset(count, size)
  const augmentation = createAugmentation(
    { redraw: 0, resizedCrop: null, padAndCrop: Math.ceil(size / 16), symmetry: 'square' },
    1,
  )
  const options = { dataset, batchSize: batch, augmentation }
  const fits = await fitsOnDevice(engine, options, count)
  const rows = Uint32Array.from({ length: count }, (_, row) => row)
  const before = performance.now()
  const resident = await residentFeed(engine, options, rows)
  await rate(resident, count, batch, 0)
  const uploadSeconds = (performance.now() - before) / 1000
  const onDevice = await rate(resident, count, batch, seconds)
  const peakResidentMiB =
    Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024
  const onHost = await rate(hostFeed(options), count, batch, seconds)
  resident.dispose()
  await engine.dispose()
  return { count, size, fits, uploadSeconds, imagesPerSecond: { onDevice, onHost }, peakResidentMiB }
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
