import type { SplitSource } from './split-source.ts'

/** Rows sorted by what is known of their class. */
export interface Strata {
  readonly count: number
  /** Stratum of each row, 0 to count − 1. */
  readonly stratumOf: Uint32Array
  /** Of each stratum: an exact label (0 or more), or −1 and the mask of a partial one (0: nothing known). */
  readonly kinds: readonly { readonly label: number; readonly mask: number }[]
}

/**
 * One stratum for every exact label, one for every set of admitted classes of rows without one. Without labels all
 * rows are one stratum.
 */
export function strataOf({ length, labels, allowed }: SplitSource): Strata {
  const stratumOf = new Uint32Array(length)
  const kinds: { label: number; mask: number }[] = []
  const known = new Map<number, number>()
  for (let row = 0; row < length; row++) {
    const label = labels?.[row] ?? -1
    const mask = label >= 0 ? 0 : (allowed?.[row] ?? 0)
    // Labels and masks share one line of keys: labels from 0 up, masks from −1 down.
    const key = label >= 0 ? label : -1 - mask
    let stratum = known.get(key)
    if (stratum === undefined) {
      stratum = kinds.length
      known.set(key, stratum)
      kinds.push({ label, mask })
    }
    stratumOf[row] = stratum
  }
  return { count: kinds.length, stratumOf, kinds }
}
