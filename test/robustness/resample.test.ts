import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../src/random/index.ts'
import { resampleIntervals } from '../../src/robustness/resample.ts'

const OPTIONS = { replicates: 2000, seed: 3 }

/** Hits of a coin that shows heads with probability `rate`, of each noise seed anew. */
function coins(rate: number, pictures: number, seeds: number, seed: number): Float32Array[][] {
  const stream = new RandomStream(seed)
  return [
    Array.from({ length: seeds }, () =>
      Float32Array.from({ length: pictures }, () => Number(stream.uniform() < rate)),
    ),
  ]
}

describe('resampleIntervals', () => {
  it('over pictures alone is the binomial interval, to a tenth of its width', () => {
    const table = coins(0.7, 1000, 1, 1)
    const accuracy = table[0]![0]!.reduce((a, b) => a + b) / 1000
    const [low, high] = resampleIntervals([table], [], OPTIONS).intervals[0]!
    const half = 1.96 * Math.sqrt((accuracy * (1 - accuracy)) / 1000)
    expect(Math.abs(high - (accuracy + half))).toBeLessThan(0.2 * half)
    expect(Math.abs(low - (accuracy - half))).toBeLessThan(0.2 * half)
  })

  it('widens with noise seeds that disagree, as the variance of both says', () => {
    // Every picture is right with seeds 1 to 3, and wrong with 4 and 5: only the draw of seeds matters.
    const rows = [1, 1, 1, 0, 0].map((hit) => new Float32Array(200).fill(hit))
    // The same holds of five models with one noise seed.
    const [[low, high], models] = resampleIntervals([[rows], rows.map((row) => [row])], [], {
      ...OPTIONS,
      replicates: 4000,
    }).intervals as [[number, number], [number, number]]
    expect(models).toEqual([expect.closeTo(0.2, 6), expect.closeTo(1, 6)])
    // Binomial(5, 0.6)/5: P(0) = 0.01, P(1) = 0.077, so the 2.5 % quantile is 1/5; P(5) = 0.078, so the 97.5 % one is 1.
    expect([low, high]).toEqual([expect.closeTo(0.2, 6), expect.closeTo(1, 6)])
  })

  it('pairs what it compares: a table against itself never differs, and a shift is found exactly', () => {
    const table = coins(0.6, 300, 5, 2)
    const better = table.map((seeds) => seeds.map((hits) => hits.map((hit) => hit / 2 + 0.25)))
    const { differences } = resampleIntervals([table, table, better], [[0, 1]], OPTIONS)
    expect(differences).toEqual([[0, 0]])
  })

  it('covers the true rate in 95 % of experiments, within three standard errors of 200', () => {
    let covered = 0
    for (let experiment = 0; experiment < 200; experiment++) {
      const table = coins(0.4, 250, 5, 100 + experiment)
      const [low, high] = resampleIntervals([table], [], { ...OPTIONS, replicates: 200, seed: experiment })
        .intervals[0]!
      if (low <= 0.4 && 0.4 <= high) covered++
    }
    // Independent hits of five seeds make the two-level bootstrap cautious: it must not fall below.
    expect(covered / 200).toBeGreaterThan(0.95 - 3 * Math.sqrt((0.95 * 0.05) / 200))
  })
})
