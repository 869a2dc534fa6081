import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { angularSeparation } from '../../../src/io/sky/index.ts'
import { declination, rightAscension } from './arbitrary-positions.ts'

describe('angularSeparation', () => {
  it('measures along the equator and the meridian', () => {
    expect(angularSeparation(0, 0, 90, 0)).toBe(90)
    expect(angularSeparation(10, -20, 10, 35)).toBeCloseTo(55, 12)
  })

  it('crosses right ascension 0', () => {
    expect(angularSeparation(359.99, 0, 0.01, 0)).toBeCloseTo(0.02, 12)
    expect(angularSeparation(-0.01, 0, 359.99, 0)).toBeCloseTo(0, 12)
  })

  it('knows one place at each pole, whatever the right ascension', () => {
    expect(angularSeparation(12, 90, 222, 90)).toBe(0)
    expect(angularSeparation(12, -90, 222, -90)).toBe(0)
    expect(angularSeparation(0, 89.5, 180, 89.5)).toBeCloseTo(1, 12)
  })

  // Closed forms: cos dec times the difference in right ascension, and differences along one great circle. The
  // tolerance is that of a coordinate near 10 or 60 degrees in double precision.
  it.each([
    ['a nanodegree apart', [10, 60, 10 + 1e-9, 60], 5e-10, 1e-6],
    ['a nanodegree apart in declination', [10, 60, 10, 60 + 1e-9], 1e-9, 1e-5],
    ['a nanodegree from the antipode', [10, 60, 190, -60 + 1e-9], 180 - 1e-9, 1e-16],
    ['at right angles', [0, 90, 77, 0], 90, 1e-16],
  ])('is precise %s', (_, [ra1, dec1, ra2, dec2], expected, relative) => {
    const separation = angularSeparation(ra1!, dec1!, ra2!, dec2!)
    expect(Math.abs(separation - expected)).toBeLessThanOrEqual(relative * expected + 1e-25)
  })

  it('resolves the distance to the antipode far below what the arc cosine could', () => {
    expect(180 - angularSeparation(10, 60, 190, -60 + 1e-6)).toBeCloseTo(1e-6, 12)
  })

  it('is symmetric, 0 only to itself, at most 180, and obeys the triangle inequality', () => {
    fc.assert(
      fc.property(
        rightAscension,
        declination,
        rightAscension,
        declination,
        rightAscension,
        declination,
        (...p) => {
          const [a, b, c] = [p.slice(0, 2), p.slice(2, 4), p.slice(4, 6)] as [number, number][]
          const distance = (u: [number, number], v: [number, number]) => angularSeparation(...u, ...v)
          expect(distance(a!, a!)).toBe(0)
          expect(distance(a!, b!)).toBeCloseTo(distance(b!, a!), 12)
          expect(distance(a!, b!)).toBeLessThanOrEqual(180)
          expect(distance(a!, c!)).toBeLessThanOrEqual(distance(a!, b!) + distance(b!, c!) + 1e-12)
        },
      ),
    )
  })

  it('is not a number where a coordinate is not', () => {
    expect(angularSeparation(Number.NaN, 0, 0, 0)).toBeNaN()
  })
})
