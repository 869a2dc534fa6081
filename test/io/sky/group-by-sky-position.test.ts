import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupBySkyPosition } from '../../../src/io/sky/index.ts'
import { RandomStream } from '../../../src/random/index.ts'
import { bruteForceGroups, clumps, isBorderline, type Positions, renumbered } from './arbitrary-positions.ts'

const groups = (positions: Positions, radius?: number) => [...groupBySkyPosition(positions, radius).groupOf]

/** Positions after the sphere is turned by `tilt` about the x axis and then by `turn` about the z axis, degrees. */
function rotated({ ra, dec }: Positions, tilt: number, turn: number): Positions {
  const radians = Math.PI / 180
  const [cos, sin] = [Math.cos(tilt * radians), Math.sin(tilt * radians)]
  const turned = ra.map((_, row) => {
    const [a, d] = [ra[row]! * radians, dec[row]! * radians]
    const [x, y, z] = [Math.cos(d) * Math.cos(a), Math.cos(d) * Math.sin(a), Math.sin(d)]
    const [y2, z2] = [cos * y - sin * z, sin * y + cos * z]
    const west = (Math.atan2(y2, x) / radians + turn) % 360
    return [west < 0 ? west + 360 : west, Math.atan2(z2, Math.hypot(x, y2)) / radians] as const
  })
  return { ra: turned.map(([a]) => a), dec: turned.map(([, d]) => d) }
}

describe('groupBySkyPosition', () => {
  it('agrees with comparing every pair on clumps, at the poles and across right ascension 0', () => {
    const radius = fc.constantFrom(0.5, 10, 67, 250)
    fc.assert(
      fc.property(clumps, radius, (positions, radius) => {
        fc.pre(!isBorderline(positions, radius))
        expect(groups(positions, radius)).toEqual(bruteForceGroups(positions, radius))
      }),
      { numRuns: 300 },
    )
  })

  it('agrees with comparing every pair on the whole sky, at radii up to beyond 90 degrees', () => {
    for (const [count, degrees] of [
      [600, 1],
      [600, 4],
      [300, 20],
      [12, 60],
      [5, 100],
      [3, 150],
    ] as const) {
      const stream = new RandomStream(7, count, degrees)
      const ra = Array.from({ length: count }, () => 360 * stream.uniform())
      const dec = Array.from({ length: count }, () => (Math.asin(2 * stream.uniform() - 1) * 180) / Math.PI)
      expect(groups({ ra, dec }, 3600 * degrees)).toEqual(bruteForceGroups({ ra, dec }, 3600 * degrees))
    }
  })

  it('does not change when the sphere is turned', () => {
    const angle = fc.double({ min: -180, max: 180, noNaN: true })
    fc.assert(
      fc.property(clumps, angle, angle, (positions, tilt, turn) => {
        fc.pre(!isBorderline(positions, 67))
        expect(groups(rotated(positions, tilt, turn))).toEqual(groups(positions))
      }),
    )
  })

  it('finds the same groups in whatever order the rows come', () => {
    fc.assert(
      fc.property(clumps, fc.nat(1000), (positions, seed) => {
        const order = [...new RandomStream(seed).permutation(positions.ra.length)]
        const shuffled = groups({
          ra: order.map((row) => positions.ra[row]!),
          dec: order.map((row) => positions.dec[row]!),
        })
        const expected = groups(positions)
        expect(shuffled).toEqual(renumbered(order.map((row) => expected[row]!)))
      }),
    )
  })

  it('chains friends of friends, and counts steps of exactly the radius', () => {
    const dec = [0, 1, 2, 3.1].map((step) => (step * 67) / 3600)
    expect(groups({ ra: [5, 5, 5, 5], dec })).toEqual([0, 0, 0, 1])
  })

  it('groups every right ascension at a pole', () => {
    expect(groups({ ra: [0, 90, 180, 270, 0], dec: [90, 90, 89.99, 89.99, -90] })).toEqual([0, 0, 0, 0, 1])
  })

  it('takes -0.5 and 359.5, and 0 and 360, for the same right ascension', () => {
    expect(groups({ ra: [-0.5, 0, 359.5, 360], dec: [1, 1, 1, 1] }, 0)).toEqual([0, 1, 0, 1])
  })

  it('groups only equal positions at radius 0', () => {
    expect(groups({ ra: [1, 1, 1 + 1e-9], dec: [2, 2, 2] }, 0)).toEqual([0, 0, 1])
  })

  it('puts all of the sky into one group at 180 degrees', () => {
    expect(groups({ ra: [0, 180, 90], dec: [0, 0, -90] }, 648000)).toEqual([0, 0, 0])
    expect(groups({ ra: [0, 180], dec: [90, -90] }, 647000)).toEqual([0, 1])
  })

  it('takes no and one position', () => {
    expect(groupBySkyPosition({ ra: [], dec: [] })).toEqual({ count: 0, groupOf: new Uint32Array() })
    expect(groups({ ra: [1], dec: [1] })).toEqual([0])
  })

  it('stays quick where thousands of rows share one place', () => {
    const stream = new RandomStream(3)
    const count = 200_000
    const twoKnots = (degreesApart: number) => ({
      ra: Array.from({ length: count }, () => stream.integer(2) * degreesApart + 1e-5 * stream.uniform()),
      dec: new Float64Array(count),
    })
    const [joined, separate] = [twoKnots(66.98 / 3600), twoKnots(67.05 / 3600)]
    const before = process.cpuUsage()
    expect(groupBySkyPosition(joined, 67).count).toBe(1)
    expect(groupBySkyPosition(separate, 67).count).toBe(2)
    expect(groupBySkyPosition({ ra: new Float64Array(count), dec: new Float64Array(count) }, 0).count).toBe(1)
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(5)
  })

  it.each([
    ['a right ascension that is not a number', [0, Number.NaN], [0, 0], /Row 1 .* right ascension NaN/],
    ['a declination beyond the pole', [0, 0, 0], [0, 0, 90.1], /Row 2 .* declination 90.1/],
    ['a right ascension beyond a turn', [361], [0], /Row 0 .* right ascension 361/],
    ['an infinite declination', [0], [Number.NEGATIVE_INFINITY], /Row 0 .* declination -Infinity/],
    ['coordinates of two lengths', [0, 1], [0], /2 right ascensions and 1 declinations/],
  ])('refuses %s', (_, ra, dec, message) => {
    expect(() => groupBySkyPosition({ ra, dec })).toThrow(
      expect.objectContaining({ code: 'sky.coordinates', message: expect.stringMatching(message) }),
    )
  })

  it.each([-1, 648001, Number.NaN, Number.POSITIVE_INFINITY])('refuses a radius of %s', (radius) => {
    expect(() => groupBySkyPosition({ ra: [0], dec: [0] }, radius)).toThrow(
      expect.objectContaining({ code: 'sky.radius' }),
    )
  })
})
