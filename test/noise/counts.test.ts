import { describe, expect, it } from 'vitest'
import { CIFAR_LEVELS, countsProtocol, IMAGENET_LEVELS } from '../../src/robustness/index.ts'

/** Noisy copies of one grey value. */
function draw(value: number, level: number, count: number, seed = 1, index = 0): Uint8Array {
  const pictures = new Uint8Array(count).fill(value)
  const out = new Uint8Array(count)
  countsProtocol().apply(pictures, [index], level, seed, out)
  return out
}

function poisson(rate: number, count: number): number {
  let probability = Math.exp(-rate)
  for (let k = 1; k <= count; k++) probability *= rate / k
  return probability
}

/** Pearson's statistic and its degrees of freedom; cells expecting fewer than ten draws are merged. */
function chiSquared(
  observed: readonly number[],
  expected: readonly number[],
): [statistic: number, freedom: number] {
  let statistic = 0
  let cells = 0
  let seen = 0
  let wanted = 0
  for (const [cell, count] of expected.entries()) {
    seen += observed[cell]!
    wanted += count
    if (wanted < 10 && cell < expected.length - 1) continue
    if (wanted > 0) statistic += (seen - wanted) ** 2 / wanted
    cells++
    seen = 0
    wanted = 0
  }
  return [statistic, cells - 1]
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
    'draws Poisson(x·c)/c clipped to 1 for the value %i at c = %i (chi-squared over 200,000 draws)',
    (value, level) => {
      const count = 200_000
      const out = draw(value, level, count)
      const observed = new Array<number>(level + 1).fill(0)
      for (const noisy of out) observed[Math.round((noisy / 255) * level)]!++
      const rate = (value / 255) * level
      const probabilities = Array.from({ length: level }, (_, k) => poisson(rate, k))
      probabilities.push(1 - probabilities.reduce((a, b) => a + b))
      const [statistic, freedom] = chiSquared(
        observed,
        probabilities.map((probability) => probability * count),
      )
      // Five standard deviations above the mean of the distribution.
      expect(statistic).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom) + 5)
    },
  )

  it('writes only values that a whole number of photons can give', () => {
    const possible = new Set([0, 1, 2, 3].map((k) => Math.round((255 * k) / 3)))
    expect(draw(140, 3, 5000).filter((noisy) => !possible.has(noisy))).toHaveLength(0)
  })

  it('leaves black black', () => {
    for (const level of IMAGENET_LEVELS) expect(draw(0, level, 300).every((value) => value === 0)).toBe(true)
  })

  it('keeps mean and variance of a bright sky at c = 500: x and x/c', () => {
    const x = 100 / 255
    const values = Array.from(draw(100, 500, 100_000), (value) => value / 255)
    const mean = values.reduce((a, b) => a + b) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    expect(mean).toBeCloseTo(x, 3)
    // The rounding to 8 bits adds (1/255)²/12.
    expect(variance / (x / 500 + 1 / (12 * 255 * 255))).toBeCloseTo(1, 1)
  })

  it('draws the same for a picture whatever the batch it is in', () => {
    const size = 50
    const pictures = Uint8Array.from({ length: 3 * size }, (_, i) => (i * 37) % 256)
    const together = new Uint8Array(pictures.length)
    const protocol = countsProtocol()
    protocol.apply(pictures, [8, 4, 15], 12, 9, together)
    const alone = new Uint8Array(size)
    protocol.apply(pictures.subarray(size, 2 * size), [4], 12, 9, alone)
    expect(alone).toEqual(together.subarray(size, 2 * size))
  })

  it('works in place', () => {
    const pictures = Uint8Array.from({ length: 90 }, (_, i) => (i * 53) % 256)
    const out = new Uint8Array(90)
    countsProtocol().apply(pictures, [1, 2], 5, 3, out)
    countsProtocol().apply(pictures, [1, 2], 5, 3, pictures)
    expect(pictures).toEqual(out)
  })

  it('draws anew for another seed, picture and level', () => {
    const base = draw(120, 12, 400)
    expect(draw(120, 12, 400)).toEqual(base)
    expect(draw(120, 12, 400, 2)).not.toEqual(base)
    expect(draw(120, 12, 400, 1, 1)).not.toEqual(base)
    expect(draw(120, 25, 400)).not.toEqual(base)
  })

  it.each([0, -5, Number.NaN, 1e6])('refuses the level %s', (level) => {
    expect(() => countsProtocol([level])).toThrow(/out of range/)
  })
})
