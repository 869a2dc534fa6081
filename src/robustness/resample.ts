import { RandomStream } from '../random/index.ts'
import { quantile } from '../train/bootstrap.ts'
import type { Interval } from '../train/evaluation-types.ts'

/** `hits[model][seed][picture]`: 1 where the prediction is right, else 0. */
export type HitTable = readonly (readonly Float32Array[])[]

export interface ResampleOptions {
  /** Bootstrap replicates, at least 40. */
  readonly replicates: number
  readonly seed: number
}

/** Path element that keeps these random numbers apart from those of other purposes with the same seed. */
const PURPOSE = 0x4e05

/**
 * Mean accuracies of bootstrap replicates (Efron 1979). In each replicate pictures are drawn with replacement, and so are
 * noise seeds and models where there are several. All tables share the draws, those with as many seeds and models theirs too:
 * what is worked out from several of them is paired by picture, noise seed and training seed.
 *
 * @param tables all of the same pictures
 * @returns for each table one value a replicate
 */
export function resampleMeans(
  tables: readonly HitTable[],
  { replicates, seed }: ResampleOptions,
): Float64Array[] {
  const pictures = tables[0]![0]![0]!.length
  const means = tables.map(() => new Float64Array(replicates))
  const counts = [...new Set(tables.flatMap((table) => [table.length, table[0]!.length]))]
  for (let replicate = 0; replicate < replicates; replicate++) {
    const draw = (purpose: number, count: number) =>
      drawTimes(new RandomStream(seed, PURPOSE, replicate, purpose), count)
    const pictureTimes = draw(0, pictures)
    const modelTimes = new Map(counts.map((count) => [count, draw(1, count)]))
    const seedTimes = new Map(counts.map((count) => [count, draw(2, count)]))
    for (const [position, table] of tables.entries()) {
      const [models, seeds] = [table.length, table[0]!.length]
      let total = 0
      for (let model = 0; model < models; model++) {
        for (let noise = 0; noise < seeds; noise++) {
          const times = modelTimes.get(models)![model]! * seedTimes.get(seeds)![noise]!
          if (times > 0) total += times * weightedSum(table[model]![noise]!, pictureTimes)
        }
      }
      means[position]![replicate] = total / (pictures * models * seeds)
    }
  }
  return means
}

/** What comes of two figures in each replicate. */
export function perReplicate(
  first: Float64Array,
  second: Float64Array,
  figure: (first: number, second: number) => number,
): Float64Array {
  return first.map((value, replicate) => figure(value, second[replicate]!))
}

/** The middle 95 % of the replicates; null where one is not finite. */
export function percentileInterval(values: Float64Array): Interval | null {
  if (!values.every(Number.isFinite)) return null
  const sorted = values.slice().sort()
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)]
}

/**
 * Two-sided probability of the bootstrap that a difference is 0, by inverting its percentile interval (Efron and Tibshirani
 * 1993): twice the smaller share of replicates on one side of 0, where 0 itself lies on both, and the observation counts as
 * one replicate more.
 *
 * @returns 2/(replicates + 1) to 1; null where a replicate is not finite
 */
export function signProbability(differences: Float64Array): number | null {
  if (!differences.every(Number.isFinite)) return null
  const share = (holds: (value: number) => boolean) =>
    (1 + differences.filter(holds).length) / (1 + differences.length)
  return Math.min(
    1,
    2 *
      Math.min(
        share((value) => value <= 0),
        share((value) => value >= 0),
      ),
  )
}

/** How often each of `count` things is drawn in `count` draws with replacement. */
function drawTimes(stream: RandomStream, count: number): Float64Array {
  const times = new Float64Array(count)
  for (let draw = 0; draw < count; draw++) times[stream.integer(count)]!++
  return times
}

function weightedSum(hits: Float32Array, times: Float64Array): number {
  let sum = 0
  for (let picture = 0; picture < hits.length; picture++) sum += times[picture]! * hits[picture]!
  return sum
}
