import type { StratumCounts, Subset } from './count-labels.ts'
import type { HashedField } from './data-hash.ts'

/** First key of a split file, so that a foreign JSON file is recognised. */
export const SPLIT_FORMAT = 'puregalaxy.split'
export const SPLIT_VERSION = 1

/** A split of a data set, as it stands in `split.json`. Rows are counted from 0 and listed in ascending order. */
export interface DatasetSplit {
  readonly format: typeof SPLIT_FORMAT
  readonly version: typeof SPLIT_VERSION
  /** Name of the file or folder that was split, without its folders. */
  readonly source: string | null
  /** Rows of the data. */
  readonly length: number
  readonly seed: number
  /** Arcseconds; null where the data has no positions. */
  readonly groupRadius: number | null
  readonly fractions: { readonly test: number; readonly val?: number }
  /** Groups of rows that stay together. */
  readonly groups: number
  /** Positions that are listed more than once. */
  readonly duplicatePositions: number
  /** Rows without a position, each a group of its own. */
  readonly withoutPosition: number
  /** SHA-256 of the columns in `hashed`. */
  readonly dataHash: string
  readonly hashed: readonly HashedField[]
  readonly counts: Readonly<Partial<Record<Subset, StratumCounts>>>
  readonly train: readonly number[]
  readonly val?: readonly number[]
  readonly test: readonly number[]
}
