import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { additiveProtocol } from '../../src/noise/index.ts'
import { chiSquared, chiSquaredLimit, mean, poissonProbability, variance } from './statistics.ts'

function draw(picture: Uint8Array, level: number, seed = 1): Uint8Array {
  const out = new Uint8Array(picture.length)
  const [height, width] = [1, picture.length / 3]
  additiveProtocol([level]).apply({ pictures: picture, height, width, indices: [0], out }, level, seed)
  return out
}

/** Alternating bright and dark values. */
function alternating(dark: number, bright: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (i % 2 === 0 ? dark : bright))
}

describe('additive protocol', () => {
  it('has the ladder 0.9 to 0.5', () => {
    expect(additiveProtocol().levels).toEqual([0.9, 0.8, 0.7, 0.6, 0.5])
  })

  it.each([0.9, 0.7, 0.5])(
    'adds noise of mean and variance μ(1/snr − 1) at snr = %d, to five standard errors, bright or dark alike',
    (level) => {
      const picture = alternating(10, 70, 300_000)
      const rate = 40 * (1 / level - 1)
      const noisy = draw(picture, level)
      for (const parity of [0, 1]) {
        const added = Array.from(
          { length: 150_000 },
          (_, i) => noisy[2 * i + parity]! - picture[2 * i + parity]!,
        )
        expect(Math.abs(mean(added) - rate)).toBeLessThan(5 * Math.sqrt(rate / added.length))
        // The fourth central moment of a Poisson variate is 3 rate² + rate.
        const error = Math.sqrt((2 * rate * rate + rate) / added.length)
        expect(Math.abs(variance(added) - rate)).toBeLessThan(5 * error)
      }
    },
  )

  it.each([
    [30, 0.9],
    [60, 0.5],
    [3, 0.8],
  ])(
    'adds a Poisson variate to a picture of %i at snr = %d (chi-squared over 200,001 values, p > 1e-5)',
    (value, level) => {
      const count = 200_001
      const noisy = draw(new Uint8Array(count).fill(value), level)
      const rate = value * (1 / level - 1)
      const probabilities = Array.from({ length: 160 }, (_, k) => poissonProbability(rate, k))
      const observed = new Uint32Array(160)
      for (const each of noisy) observed[each - value]!++
      const [statistic, freedom] = chiSquared(
        observed,
        probabilities.map((probability) => probability * count),
      )
      expect(statistic).toBeLessThan(chiSquaredLimit(freedom))
    },
  )

  it('clips to 255 and never darkens', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 30, maxLength: 300 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (bytes, level) => {
          const picture = bytes.subarray(0, bytes.length - (bytes.length % 3))
          const noisy = draw(picture, level)
          expect(noisy.every((value, i) => value >= picture[i]!)).toBe(true)
        },
      ),
    )
    expect(draw(new Uint8Array(3000).fill(250), 0.5).every((value) => value === 255)).toBe(true)
  })

  it('changes nothing at level 1, nor in black pictures', () => {
    const picture = alternating(10, 70, 300)
    expect(draw(picture, 1)).toEqual(picture)
    expect(draw(new Uint8Array(300), 0.5)).toEqual(new Uint8Array(300))
  })
})
