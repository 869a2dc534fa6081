import { groupBySkyPosition } from './group-by-sky-position.ts'
import type { SkyCoordinates } from './sky-coordinates.ts'

/**
 * Two rows closer than this are one position listed twice. It is what single precision makes of a right ascension
 * (half a unit in the last place at 360° is 0.055″), so that a position and its rounded copy are recognised, and far
 * below the 2.1″ between the two closest distinct objects of Galaxy10 DECaLS.
 */
export const SAME_POSITION_ARCSEC = 0.1

export interface DuplicateOptions {
  /** Arcseconds within which two rows are one position. */
  readonly tolerance?: number
}

/**
 * Positions that are listed more than once, in the order of their first rows.
 * @returns the rows of each such position, ascending; Galaxy10 DECaLS has 59 of them
 * @throws as `groupBySkyPosition`
 * @example
 * duplicatePositions({ ra: [10, 20, 10], dec: [5, 5, 5] }) // [[0, 2]]
 */
export function duplicatePositions(coordinates: SkyCoordinates, options: DuplicateOptions = {}): number[][] {
  const { count, groupOf } = groupBySkyPosition(coordinates, options.tolerance ?? SAME_POSITION_ARCSEC)
  const sizes = new Uint32Array(count)
  for (const group of groupOf) sizes[group]!++
  const rows = new Map<number, number[]>()
  groupOf.forEach((group, row) => {
    if (sizes[group]! < 2) return
    const members = rows.get(group)
    if (members) members.push(row)
    else rows.set(group, [row])
  })
  return [...rows.values()]
}
