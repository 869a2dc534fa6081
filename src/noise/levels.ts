import { PureGalaxyError } from '../errors.ts'
import type { ProtocolName } from './protocol.ts'

/** Which levels a protocol takes, in words and as a test that refuses what is not finite. */
export interface LevelRange {
  readonly unit: string
  readonly range: string
  readonly holds: (level: number) => boolean
}

/**
 * The levels from the mildest to the worst, which are the larger and the smaller ones in every protocol.
 *
 * @throws PureGalaxyError `noise.level` where there is none, or one is out of range, not finite or named twice (levels
 *   that are the same 32-bit float count as one: they would draw the same random numbers)
 */
export function sortedLevels(
  protocol: ProtocolName,
  levels: readonly number[],
  { unit, range, holds }: LevelRange,
): readonly number[] {
  const refuse = (what: string) =>
    new PureGalaxyError('noise.level', `${what}; protocol ${protocol} expects the ${unit}, ${range}.`)
  if (levels.length === 0) throw refuse('No level is given')
  const seen = new Set<number>()
  for (const level of levels) {
    if (!holds(level)) throw refuse(`The level ${level} is out of range`)
    if (seen.has(Math.fround(level))) throw refuse(`The level ${level} is given twice`)
    seen.add(Math.fround(level))
  }
  return levels.toSorted((a, b) => b - a)
}
