import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../src/random/index.ts'
import {
  type HitTable,
  percentileInterval,
  perReplicate,
  resampleMeans,
  signProbability,
} from '../../src/robustness/resample.ts'

const OPTIONS = { replicates: 2000, seed: 3 }

const intervalsOf = (tables: readonly HitTable[], options = OPTIONS) =>
  resampleMeans(tables, options).map((means) => percentileInterval(means)!)

/** Hits of a coin that shows heads with probability `rate`, of each noise seed anew. */
function coins(rate: number, pictures: number, seeds: number, seed: number): Float32Array[][] {
  const stream = new RandomStream(seed)
  return [
    Array.from({ length: seeds }, () =>
      Float32Array.from({ length: pictures }, () => Number(stream.uniform() < rate)),
    ),
  ]
}

describe('resampleMeans', () => {
  it('over pictures alone is the binomial interval, to a tenth of its width', () => {
    const table = coins(0.7, 1000, 1, 1)
    const accuracy = table[0]![0]!.reduce((a, b) => a + b) / 1000
    const [low, high] = intervalsOf([table])[0]!
    const half = 1.96 * Math.sqrt((accuracy * (1 - accuracy)) / 1000)
    expect(Math.abs(high - (accuracy + half))).toBeLessThan(0.2 * half)
    expect(Math.abs(low - (accuracy - half))).toBeLessThan(0.2 * half)
  })

  it('widens with noise seeds that disagree, as the variance of both says', () => {
    // Every picture is right with seeds 1 to 3, and wrong with 4 and 5: only the draw of seeds matters.
    const rows = [1, 1, 1, 0, 0].map((hit) => new Float32Array(200).fill(hit))
    // The same holds of five models with one noise seed.
    const [[low, high], models] = intervalsOf([[rows], rows.map((row) => [row])], {
      ...OPTIONS,
      replicates: 4000,
    }) as [[number, number], [number, number]]
    expect(models).toEqual([expect.closeTo(0.2, 6), expect.closeTo(1, 6)])
    // Binomial(5, 0.6)/5: P(0) = 0.01, P(1) = 0.077, so the 2.5 % quantile is 1/5; P(5) = 0.078, so the 97.5 % one is 1.
    expect([low, high]).toEqual([expect.closeTo(0.2, 6), expect.closeTo(1, 6)])
  })

  it('pairs what it compares: a table against itself never differs, and a shift is found exactly', () => {
    const table = coins(0.6, 300, 5, 2)
    const better = table.map((seeds) => seeds.map((hits) => hits.map((hit) => hit / 2 + 0.25)))
    const [own, same, other] = resampleMeans([table, table, better], OPTIONS)
    expect(percentileInterval(perReplicate(own!, same!, (a, b) => a - b))).toEqual([0, 0])
    // Half of the hits and a quarter: of the means, in every replicate.
    for (const [replicate, mean] of other!.entries()) expect(mean).toBeCloseTo(own![replicate]! / 2 + 0.25, 9)
  })

  it('covers the true rate in 95 % of experiments, within three standard errors of 200', () => {
    let covered = 0
    for (let experiment = 0; experiment < 200; experiment++) {
      const table = coins(0.4, 250, 5, 100 + experiment)
      const [low, high] = intervalsOf([table], { replicates: 200, seed: experiment })[0]!
      if (low <= 0.4 && 0.4 <= high) covered++
    }
    // Independent hits of five seeds make the two-level bootstrap cautious: it must not fall below.
    expect(covered / 200).toBeGreaterThan(0.95 - 3 * Math.sqrt((0.95 * 0.05) / 200))
  })
})

describe('percentileInterval', () => {
  it('is none where a replicate is not finite', () => {
    expect(percentileInterval(Float64Array.of(1, Number.NaN, 2))).toBeNull()
    expect(signProbability(Float64Array.of(1, Number.POSITIVE_INFINITY, 2))).toBeNull()
  })
})

describe('signProbability', () => {
  it('is twice the smaller share beside 0, one replicate more than were drawn, and 1 at most', () => {
    expect(signProbability(new Float64Array(99).fill(0.5))).toBeCloseTo(2 / 100, 12)
    expect(signProbability(Float64Array.from({ length: 99 }, (_, at) => at - 4.5))).toBeCloseTo(
      (2 * 6) / 100,
      12,
    )
    expect(signProbability(new Float64Array(99))).toBe(1)
  })

  it('of networks that keep the same share rejects in about 5 % of experiments, whatever their accuracy', () => {
    let rejected = 0
    const experiments = 200
    for (let experiment = 0; experiment < experiments; experiment++) {
      // Both keep a half, of 0.8 and of 0.5.
      const tables = [0.8, 0.4, 0.5, 0.25].map((rate, at) => coins(rate, 300, 1, 1000 + 4 * experiment + at))
      const means = resampleMeans(tables, { replicates: 200, seed: experiment })
      const [own, other] = [0, 2].map((at) => perReplicate(means[at + 1]!, means[at]!, (a, b) => a / b))
      if (signProbability(perReplicate(own!, other!, (a, b) => a - b))! < 0.05) rejected++
    }
    // Within three standard errors of what the test allows.
    expect(rejected / experiments).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / experiments))
    expect(rejected).toBeGreaterThan(0)
  }, 30_000)
})
