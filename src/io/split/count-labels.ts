import type { SplitSource } from './split-source.ts'

export type Subset = 'train' | 'val' | 'test'

/** How many rows of each kind a list holds. */
export interface StratumCounts {
  readonly total: number
  /** By slug, every class of the scheme, 0 where there is none. */
  readonly classes: Readonly<Record<string, number>>
  /** Partial labels: slugs joined by `|`. */
  readonly partial: Readonly<Record<string, number>>
  /** Rows of which nothing is known. */
  readonly unlabelled: number
}

/** Counts the labels of some rows; a label that the class scheme does not know is named by its number. */
export function countLabels(source: SplitSource, rows: Iterable<number>): StratumCounts {
  const slugs = source.classes?.slugs ?? []
  const byLabel = new Map<number, number>(slugs.map((_, label) => [label, 0]))
  const byMask = new Map<number, number>()
  let total = 0
  let unlabelled = 0
  for (const row of rows) {
    total++
    const label = source.labels?.[row] ?? -1
    const mask = source.allowed?.[row] ?? 0
    if (label >= 0) byLabel.set(label, (byLabel.get(label) ?? 0) + 1)
    else if (mask !== 0) byMask.set(mask, (byMask.get(mask) ?? 0) + 1)
    else unlabelled++
  }
  const slug = (label: number) => slugs[label] ?? String(label)
  return {
    total,
    classes: Object.fromEntries([...byLabel].map(([label, count]) => [slug(label), count])),
    partial: Object.fromEntries(
      [...byMask].sort(([a], [b]) => a - b).map(([mask, count]) => [bitsOf(mask).map(slug).join('|'), count]),
    ),
    unlabelled,
  }
}

function bitsOf(mask: number): number[] {
  return Array.from({ length: 16 }, (_, bit) => bit).filter((bit) => mask & (1 << bit))
}
