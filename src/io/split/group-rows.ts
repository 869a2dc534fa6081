import {
  checkCoordinates,
  duplicatePositions,
  GROUP_RADIUS_ARCSEC,
  groupBySkyPosition,
} from '../sky/index.ts'
import type { SplitSource } from './split-source.ts'

/** Rows that must stay together. */
export interface GroupedRows {
  /** Number of groups, rows without a position counting as one each. */
  readonly count: number
  /** Group of each row, 0 to count − 1. */
  readonly groupOf: Uint32Array
  /** Rows of each position that is listed more than once. */
  readonly duplicatePositions: readonly (readonly number[])[]
  /** Rows without a position. */
  readonly withoutPosition: number
}

/**
 * Groups the rows of a data set by sky position; a row without one (no coordinates, or NaN in both) is a group of its
 * own.
 * @param radius arcseconds, see `groupBySkyPosition`
 * @throws `sky.coordinates` naming the row of a position that is none, `sky.radius`
 */
export function groupRows(source: SplitSource, radius = GROUP_RADIUS_ARCSEC): GroupedRows {
  const { length, ra, dec } = source
  const rows = new Uint32Array(length)
  let placed = 0
  if (ra !== undefined && dec !== undefined) {
    for (let row = 0; row < length; row++) {
      if (!Number.isNaN(ra[row]) || !Number.isNaN(dec[row])) rows[placed++] = row
    }
  }
  const at = rows.subarray(0, placed)
  const coordinates = {
    ra: Float64Array.from(at, (row) => ra![row]!),
    dec: Float64Array.from(at, (row) => dec![row]!),
  }
  checkCoordinates(coordinates, at)
  const groups = groupBySkyPosition(coordinates, radius)
  const groupOf = new Uint32Array(length)
  let count = groups.count
  for (let row = 0, next = 0; row < length; row++) {
    groupOf[row] = next < placed && at[next] === row ? groups.groupOf[next++]! : count++
  }
  return {
    count,
    groupOf,
    duplicatePositions: duplicatePositions(coordinates).map((members) =>
      members.map((member) => at[member]!),
    ),
    withoutPosition: length - placed,
  }
}
