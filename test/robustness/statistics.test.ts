import { describe, expect, it } from 'vitest'
import { holm } from '../../src/robustness/holm.ts'
import { mcnemarExact, spread } from '../../src/robustness/statistics.ts'

describe('mcnemarExact', () => {
  it.each([
    // Two-sided binomial tests by hand.
    [0, 0, 1],
    [1, 0, 1],
    [5, 0, 2 / 32],
    [0, 6, 2 / 64],
    [3, 1, (2 * (1 + 4)) / 16],
    [10, 2, (2 * (1 + 12 + 66)) / 4096],
    [4, 4, 1],
  ])('%i against %i gives p = %f', (first, second, p) => {
    expect(mcnemarExact(first, second)).toBeCloseTo(p, 12)
  })

  it('stays a probability for thousands of disagreements', () => {
    const p = mcnemarExact(6000, 5500)
    expect(p).toBeGreaterThan(0)
    expect(p).toBeLessThan(1e-5)
    // The normal approximation: z = 500/sqrt(11500) = 4.66, two-sided 3.1e-6.
    expect(p).toBeCloseTo(3.1e-6, 6)
  })
})

describe('spread', () => {
  it('has the mean and the sample standard deviation of the models', () => {
    expect(spread([1, 2, 3, 4, 5])).toEqual({ mean: 3, perModel: [1, 2, 3, 4, 5], deviation: Math.sqrt(2.5) })
  })

  it('of one model has no deviation', () => {
    expect(spread([0.5]).deviation).toBeNull()
  })
})

describe('holm', () => {
  it('corrects as in R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")', () => {
    const corrected = holm([0.01, 0.04, 0.03, 0.005])
    for (const [at, value] of [0.03, 0.06, 0.06, 0.02].entries()) expect(corrected[at]).toBeCloseTo(value, 12)
  })

  it('leaves a single test alone and ends at 1', () => {
    expect(holm([0.2])).toEqual([0.2])
    expect(holm([0.9, 0.8])).toEqual([1, 1])
    expect(holm([])).toEqual([])
  })
})
