import { describe, expect, it } from 'vitest'
import { mcnemarExact, repetitionInterval } from '../../src/robustness/statistics.ts'

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

describe('repetitionInterval', () => {
  it("is Student's: 5 values of standard deviation 1.5811 around 3 give 3 ± 2.776·0.7071", () => {
    const [low, high] = repetitionInterval([1, 2, 3, 4, 5])!
    expect(low).toBeCloseTo(3 - 2.776 * Math.sqrt(0.5), 9)
    expect(high).toBeCloseTo(3 + 2.776 * Math.sqrt(0.5), 9)
  })

  it('of one value is unknown', () => {
    expect(repetitionInterval([0.5])).toBeNull()
  })
})
