import type { ImageDataset } from '../io/types.ts'
import type { Normalisation } from '../model/index.ts'
import { RandomStream } from '../random/index.ts'

const PURPOSE = 0x4043
/** Pictures looked at: the error of the mean is far below what matters. */
const SAMPLE = 2000
const READ_AT_ONCE = 32
/** A channel that is constant must not be divided by 0. */
const SMALLEST_DEVIATION = 1 / 255

/** Mean and standard deviation of each channel over (a seeded sample of) the training pictures, in units of full scale. */
export async function measureNormalisation(
  dataset: ImageDataset,
  indices: ArrayLike<number>,
  seed: number,
): Promise<Normalisation> {
  const order = new RandomStream(seed, PURPOSE).shuffle(Uint32Array.from(indices)).subarray(0, SAMPLE).sort()
  const size = dataset.height * dataset.width * 3
  const buffer = new Uint8Array(READ_AT_ONCE * size)
  const histogram = new Float64Array(3 * 256)
  for (let start = 0; start < order.length; start += READ_AT_ONCE) {
    const rows = order.subarray(start, start + READ_AT_ONCE)
    const pixels = buffer.subarray(0, rows.length * size)
    await dataset.read(rows, pixels)
    for (let i = 0; i < pixels.length; i += 3) {
      histogram[pixels[i]!]!++
      histogram[256 + pixels[i + 1]!]!++
      histogram[512 + pixels[i + 2]!]!++
    }
  }
  const moments = [0, 1, 2].map((channel) => {
    const counts = histogram.subarray(256 * channel, 256 * (channel + 1))
    const total = counts.reduce((sum, count) => sum + count, 0)
    const mean = counts.reduce((sum, count, value) => sum + count * value, 0) / total / 255
    const square = counts.reduce((sum, count, value) => sum + count * (value / 255) ** 2, 0) / total
    return { mean, std: Math.max(SMALLEST_DEVIATION, Math.sqrt(Math.max(0, square - mean * mean))) }
  }) as [Moments, Moments, Moments]
  return {
    mean: [moments[0].mean, moments[1].mean, moments[2].mean],
    std: [moments[0].std, moments[1].std, moments[2].std],
  }
}

interface Moments {
  readonly mean: number
  readonly std: number
}
