import fc from 'fast-check'
import { angularSeparation } from '../../../src/io/sky/index.ts'

export const rightAscension = fc.oneof(
  fc.double({ min: 0, max: 360, noNaN: true }),
  fc.constantFrom(0, 360, 359.9999999, 1e-9, 180),
)
export const declination = fc.oneof(
  fc.double({ min: -90, max: 90, noNaN: true }),
  fc.constantFrom(-90, 90, 89.9999999, 0),
)

export interface Positions {
  readonly ra: readonly number[]
  readonly dec: readonly number[]
}

/** Up to 60 positions in a few clumps, which favour the poles and right ascension 0; spread within some arcseconds. */
export const clumps: fc.Arbitrary<Positions> = fc
  .array(
    fc.record({
      ra: rightAscension,
      dec: declination,
      members: fc.array(
        fc.tuple(fc.double({ min: 0, max: 360, noNaN: true }), fc.double({ min: 0, max: 200, noNaN: true })),
        {
          minLength: 1,
          maxLength: 12,
        },
      ),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((list) => {
    const members = list.flatMap(({ ra, dec, members }) =>
      members.map(([bearing, distance]) => displaced(ra, dec, bearing, distance / 3600)),
    )
    return { ra: members.map(([ra]) => ra), dec: members.map(([, dec]) => dec) }
  })

/** The position reached from another along a great circle, all in degrees. */
function displaced(ra: number, dec: number, bearing: number, distance: number): [number, number] {
  const radians = Math.PI / 180
  const [d, b, s] = [dec * radians, bearing * radians, distance * radians]
  const sine = Math.sin(d) * Math.cos(s) + Math.cos(d) * Math.sin(s) * Math.cos(b)
  const east = Math.sin(b) * Math.sin(s) * Math.cos(d)
  const turned = ra + Math.atan2(east, Math.cos(s) - Math.sin(d) * sine) / radians
  return [((turned % 360) + 360) % 360, Math.asin(Math.min(1, Math.max(-1, sine))) / radians]
}

/** Groups by comparing every pair; numbered by first member. */
export function bruteForceGroups({ ra, dec }: Positions, radius: number): number[] {
  const group = ra.map((_, row) => row)
  for (let a = 0; a < ra.length; a++) {
    for (let b = 0; b < a; b++) {
      if (3600 * angularSeparation(ra[a]!, dec[a]!, ra[b]!, dec[b]!) > radius) continue
      const [keep, lose] = [Math.min(group[a]!, group[b]!), Math.max(group[a]!, group[b]!)]
      group.forEach((of, row) => {
        if (of === lose) group[row] = keep
      })
    }
  }
  return renumbered(group)
}

/** The same groups, numbered in the order of their first members. */
export function renumbered(groups: ArrayLike<number>): number[] {
  const numbers = new Map<number, number>()
  return Array.from(groups, (group) => {
    if (!numbers.has(group)) numbers.set(group, numbers.size)
    return numbers.get(group)!
  })
}

/** Whether some pair lies so close to the radius that rounding may decide. */
export function isBorderline({ ra, dec }: Positions, radius: number): boolean {
  return ra.some((_, a) =>
    ra.some(
      (_, b) => b < a && Math.abs(3600 * angularSeparation(ra[a]!, dec[a]!, ra[b]!, dec[b]!) - radius) < 1e-6,
    ),
  )
}
