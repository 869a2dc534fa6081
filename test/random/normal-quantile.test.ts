import { describe, expect, it } from 'vitest'
import { normalQuantile } from '../../src/random/index.ts'

describe('normal quantile', () => {
  // Python's statistics.NormalDist().inv_cdf.
  it.each([
    [1e-300, -37.0470962993612],
    [1e-14, -7.650628092935268],
    [2 ** -49, -7.869777910570139],
    [1e-6, -4.753424308822899],
    [0.001, -3.090232306167813],
    [0.0668, -1.5000556030177838],
    [0.3, -0.5244005127080407],
    [0.5, 0],
    [0.9, 1.2815515655446008],
    [0.99999, 4.26489079392384],
  ])('of %d is %d', (p, quantile) => {
    expect(Math.abs(normalQuantile(p) - quantile)).toBeLessThanOrEqual(4e-15 * Math.abs(quantile))
  })

  it('is odd about one half and grows where its pieces meet', () => {
    for (const p of [0.01, 0.075, 0.2, 0.45])
      expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 13)
    for (const seam of [0.075, 1.3887943864964e-11]) {
      const [below, above] = [normalQuantile(seam * (1 - 1e-9)), normalQuantile(seam * (1 + 1e-9))]
      expect(above).toBeGreaterThan(below)
      expect(above - below).toBeLessThan(2e-9)
    }
  })
})
