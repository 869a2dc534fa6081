import { describe, expect, it } from 'vitest'
import { CIFAR_LEVELS, countsProtocol, IMAGENET_LEVELS } from '../../src/noise/index.ts'
import { chiSquared, chiSquaredLimit, mean, poissonProbability, variance } from './statistics.ts'

/** Noisy copies of one grey value. */
function draw(value: number, level: number, count: number, seed = 1): Uint8Array {
  const out = new Uint8Array(count).fill(value)
  countsProtocol([level]).apply(
    { pictures: out, height: 1, width: count / 3, indices: [0], out },
    level,
    seed,
  )
  return out
}

describe('counts protocol', () => {
  it('has the ladders of ImageNet-C and CIFAR-10-C', () => {
    expect(countsProtocol().levels).toEqual([60, 25, 12, 5, 3])
    expect(countsProtocol(CIFAR_LEVELS).levels).toEqual([500, 250, 100, 75, 50])
  })

  it.each([
    [128, 3],
    [10, 12],
    [200, 5],
    [77, 25],
    [255, 60],
    [30, 60],
  ])(
    'draws Poisson(x·c)/c clipped to 1 for the value %i at c = %i (chi-squared over 200,001 draws, p > 1e-5)',
    (value, level) => {
      const count = 200_001
      const out = draw(value, level, count)
      const observed = new Array<number>(level + 1).fill(0)
      for (const noisy of out) observed[Math.round((noisy / 255) * level)]!++
      const rate = (value / 255) * level
      const probabilities = Array.from({ length: level }, (_, k) => poissonProbability(rate, k))
      probabilities.push(1 - probabilities.reduce((a, b) => a + b))
      const [statistic, freedom] = chiSquared(
        observed,
        probabilities.map((probability) => probability * count),
      )
      expect(statistic).toBeLessThan(chiSquaredLimit(freedom))
    },
  )

  it('writes only values that a whole number of photons can give', () => {
    const possible = new Set([0, 1, 2, 3].map((k) => Math.round((255 * k) / 3)))
    expect(draw(140, 3, 5001).filter((noisy) => !possible.has(noisy))).toHaveLength(0)
  })

  it('leaves black black', () => {
    for (const level of IMAGENET_LEVELS) expect(draw(0, level, 300).every((value) => value === 0)).toBe(true)
  })

  it('keeps mean and variance of a bright sky at c = 500: x and x/c, to five standard errors', () => {
    const x = 100 / 255
    const values = Array.from(draw(100, 500, 300_000), (value) => value / 255)
    // The rounding to 8 bits adds (1/255)²/12.
    const expected = x / 500 + 1 / (12 * 255 * 255)
    expect(Math.abs(mean(values) - x)).toBeLessThan(5 * Math.sqrt(expected / values.length))
    expect(Math.abs(variance(values) / expected - 1)).toBeLessThan(5 * Math.sqrt(2 / values.length))
  })
})
