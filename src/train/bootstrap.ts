import { RandomStream } from '../random/index.ts'
import type { Interval } from './evaluation-types.ts'

/** Path element that keeps the bootstrap's numbers apart from those of other purposes with the same seed. */
const PURPOSE = 0xb007

/**
 * A 95 % interval by the percentile bootstrap (Efron 1979): the statistic over pictures drawn with replacement.
 *
 * @param count pictures, at least 1
 * @param statistic of a resample, given as indices 0 to count − 1 (an array that is used again for the next)
 * @param replicates at least 40, so that the percentiles exist
 * @param seed the same seed gives the same interval
 * @example bootstrapInterval(hits.length, (sample) => mean(sample.map((i) => hits[i])), 1000, 1)
 */
export function bootstrapInterval(
  count: number,
  statistic: (sample: Uint32Array) => number,
  replicates: number,
  seed: number,
): Interval {
  const values = new Float64Array(replicates)
  const sample = new Uint32Array(count)
  for (let replicate = 0; replicate < replicates; replicate++) {
    const stream = new RandomStream(seed, PURPOSE, replicate)
    for (let i = 0; i < count; i++) sample[i] = stream.integer(count)
    values[replicate] = statistic(sample)
  }
  values.sort()
  return [quantile(values, 0.025), quantile(values, 0.975)]
}

/** Quantile of sorted values by linear interpolation (NumPy's default). */
export function quantile(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1)
  const below = Math.floor(position)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!)
}
