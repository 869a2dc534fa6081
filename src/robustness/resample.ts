import { RandomStream } from '../random/index.ts'
import { quantile } from '../train/bootstrap.ts'
import type { Interval } from '../train/evaluation-types.ts'

/** Path element that keeps these random numbers apart from those of other purposes with the same seed. */
const PURPOSE = 0x4e05

/** `hits[seed][picture]`, 0 to 1: whether a prediction is right, or how many of several models' are. */
export type HitTable = readonly Float32Array[]

/**
 * 95 % intervals of means over pictures and noise seeds by the percentile bootstrap (Efron 1979): in each replicate the
 * pictures are drawn with replacement, and the noise seeds too. All tables share the draws, so that differences are
 * paired.
 *
 * @param tables each of as many pictures, and of one noise seed or of `seeds`
 * @param differences pairs of positions in `tables`: first − second
 * @param replicates at least 40
 */
export function resampleIntervals(
  tables: readonly HitTable[],
  differences: readonly (readonly [first: number, second: number])[],
  { seeds, replicates, seed }: { readonly seeds: number; readonly replicates: number; readonly seed: number },
): { intervals: Interval[]; differences: Interval[] } {
  const pictures = tables[0]![0]!.length
  const means = tables.map(() => new Float64Array(replicates))
  const pictureTimes = new Float64Array(pictures)
  const seedTimes = new Float64Array(seeds)
  for (let replicate = 0; replicate < replicates; replicate++) {
    const stream = new RandomStream(seed, PURPOSE, replicate)
    pictureTimes.fill(0)
    for (let draw = 0; draw < pictures; draw++) pictureTimes[stream.integer(pictures)]!++
    seedTimes.fill(0)
    for (let draw = 0; draw < seeds; draw++) seedTimes[stream.integer(seeds)]!++
    for (const [position, table] of tables.entries()) {
      means[position]![replicate] = weightedMean(table, pictureTimes, seedTimes)
    }
  }
  const interval = (values: Float64Array): Interval => {
    const sorted = values.slice().sort()
    return [quantile(sorted, 0.025), quantile(sorted, 0.975)]
  }
  return {
    intervals: means.map(interval),
    differences: differences.map(([first, second]) =>
      interval(means[first]!.map((value, replicate) => value - means[second]![replicate]!)),
    ),
  }
}

function weightedMean(table: HitTable, pictureTimes: Float64Array, seedTimes: Float64Array): number {
  let total = 0
  for (const [seed, hits] of table.entries()) {
    const times = table.length === 1 ? 1 : seedTimes[seed]!
    if (times === 0) continue
    let sum = 0
    for (let picture = 0; picture < hits.length; picture++) sum += pictureTimes[picture]! * hits[picture]!
    total += times * sum
  }
  return total / (pictureTimes.length * (table.length === 1 ? 1 : seedTimes.length))
}
