import type { RandomStream } from '../../random/index.ts'
import type { GroupedRows } from './group-rows.ts'
import type { Strata } from './strata.ts'

/**
 * Deals groups out to parts, so that each part gets its fraction of every stratum.
 *
 * Every stratum gives each part a whole number of places; a group draws its part with a probability proportional to
 * the places still free for its members, so that every group has the same chances whatever its size, and single
 * rows are dealt as by shuffling. Large groups draw first, those of mixed labels before all others: the small ones
 * level what they leave. A group that fits into no part goes where most places are left. With pure groups
 * a part misses its fraction of a stratum by no more than one group (and one row of rounding) on either side.
 *
 * @param fractions of the parts after part 0, which takes the rest; each 0 to 1, their sum below 1
 * @returns the part of each row, 0 to fractions.length
 */
export function assignGroups(
  groups: Pick<GroupedRows, 'count' | 'groupOf'>,
  strata: Strata,
  fractions: readonly number[],
  stream: RandomStream,
): Uint8Array {
  const free = placesOf(strata, fractions, stream)
  const members = membersByGroup(groups)
  const partOf = new Uint8Array(groups.groupOf.length)
  for (const group of drawingOrder(members, strata, stream)) {
    const rows = members.rows.subarray(members.start[group]!, members.start[group + 1]!)
    const needs = needsOf(rows, strata)
    const part = drawPart(needs, free, stream)
    for (const row of rows) partOf[row] = part
    for (const [stratum, count] of needs) free[part]![stratum]! -= count
  }
  return partOf
}

/**
 * Places of every part and stratum. Rounding is carried from stratum to stratum, so that both a stratum's places and
 * a part's total are within one of exact, and a thousand strata of four rows still fill a part of a tenth.
 */
function placesOf(
  { count, stratumOf }: Strata,
  fractions: readonly number[],
  stream: RandomStream,
): Int32Array[] {
  const left = new Int32Array(count)
  for (const stratum of stratumOf) left[stratum]!++
  const parts = [left, ...fractions.map(() => new Int32Array(count))]
  const order = stream.permutation(count)
  let undealt = 1
  fractions.forEach((fraction, index) => {
    const share = undealt > 0 ? fraction / undealt : 0
    let rows = 0
    let dealt = 0
    for (const stratum of order) {
      rows += left[stratum]!
      const taken = Math.round(share * rows) - dealt
      dealt += taken
      parts[index + 1]![stratum] = taken
      left[stratum]! -= taken
    }
    undealt -= fraction
  })
  return parts
}

interface Members {
  /** Rows sorted by group. */
  readonly rows: Uint32Array
  /** Where each group begins in `rows`; one more than there are groups. */
  readonly start: Uint32Array
}

function membersByGroup({ count, groupOf }: Pick<GroupedRows, 'count' | 'groupOf'>): Members {
  const start = new Uint32Array(count + 1)
  for (const group of groupOf) start[group + 1]!++
  for (let group = 0; group < count; group++) start[group + 1]! += start[group]!
  const next = start.slice()
  const rows = new Uint32Array(groupOf.length)
  groupOf.forEach((group, row) => {
    rows[next[group]!++] = row
  })
  return { rows, start }
}

/** All groups: mixed ones first, then large before small, in random order where equal. */
function drawingOrder({ rows, start }: Members, { stratumOf }: Strata, stream: RandomStream): Uint32Array {
  const order = stream.permutation(start.length - 1)
  const rank = (group: number) => {
    const size = start[group + 1]! - start[group]!
    const first = stratumOf[rows[start[group]!]!]
    for (let at = start[group]! + 1; at < start[group + 1]!; at++) {
      if (stratumOf[rows[at]!] !== first) return -rows.length - size
    }
    return -size
  }
  const ranks = Float64Array.from({ length: order.length }, (_, group) => rank(group))
  // Sorting typed arrays is stable: equal ranks keep the random order.
  return order.sort((a, b) => ranks[a]! - ranks[b]!)
}

/** How many rows of each stratum a group has. */
type Needs = ReadonlyMap<number, number>

function needsOf(rows: Uint32Array, { stratumOf }: Strata): Needs {
  const needs = new Map<number, number>()
  for (const row of rows) needs.set(stratumOf[row]!, (needs.get(stratumOf[row]!) ?? 0) + 1)
  return needs
}

function drawPart(needs: Needs, free: readonly Int32Array[], stream: RandomStream): number {
  const weights = free.map((places) => (fits(needs, places) ? room(needs, places) : 0))
  const sum = weights.reduce((a, b) => a + b)
  if (sum === 0) {
    const rooms = free.map((places) => room(needs, places))
    return rooms.indexOf(Math.max(...rooms))
  }
  let drawn = stream.uniform() * sum
  const last = weights.findLastIndex((weight) => weight > 0)
  for (let part = 0; part < last; part++) {
    drawn -= weights[part]!
    if (drawn < 0) return part
  }
  return last
}

function fits(needs: Needs, places: Int32Array): boolean {
  for (const [stratum, count] of needs) if (places[stratum]! < count) return false
  return true
}

/** Free places, counted once for every member that could take them. */
function room(needs: Needs, places: Int32Array): number {
  let sum = 0
  for (const [stratum, count] of needs) sum += count * places[stratum]!
  return sum
}
