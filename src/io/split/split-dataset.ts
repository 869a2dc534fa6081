import { basename } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { RandomStream } from '../../random/index.ts'
import { GROUP_RADIUS_ARCSEC } from '../sky/index.ts'
import { assignGroups } from './assign-groups.ts'
import { countLabels } from './count-labels.ts'
import { dataHash, hashedFieldsOf } from './data-hash.ts'
import { type DatasetSplit, SPLIT_FORMAT, SPLIT_VERSION } from './dataset-split.ts'
import { groupRows } from './group-rows.ts'
import type { SplitSource } from './split-source.ts'
import { strataOf } from './strata.ts'

export interface SplitOptions {
  /** Fraction of the rows for the test, above 0 and below 1. */
  readonly test: number
  /** Fraction for validation; without it the split has no such part. */
  readonly val?: number
  /** Arcseconds within which rows stay together; default 67. */
  readonly groupRadius?: number
  /** 0 to 2⁵³ − 1; default 1. */
  readonly seed?: number
}

/** Sets the draws of splits apart from other uses of the same seed. */
const SPLIT_STREAM = 0x5350

/**
 * Splits a data set into train, test and, where asked for, validation rows: stratified by class (partial labels by
 * the classes that they admit), grouped by sky position, seeded.
 *
 * @throws `split.fraction`, `split.empty` where a part would get no row, `sky.coordinates`, `sky.radius`, `random.seed`
 * @example
 * const split = splitDataset(await openDataset('Galaxy10_DECals.h5'), { test: 0.1, seed: 1 })
 * split.groups // 17504
 */
export function splitDataset(source: SplitSource, options: SplitOptions): DatasetSplit {
  const { test, val, groupRadius = GROUP_RADIUS_ARCSEC, seed = 1 } = options
  checkFraction('test', test)
  if (val !== undefined) checkFraction('val', val)
  if (test + (val ?? 0) >= 1) {
    throw new PureGalaxyError(
      'split.fraction',
      `The fractions test ${test} and val ${val} leave nothing to train on; expected a sum below 1.`,
    )
  }
  const groups = groupRows(source, groupRadius)
  const fractions = val === undefined ? [test] : [test, val]
  const partOf = assignGroups(groups, strataOf(source), fractions, new RandomStream(seed, SPLIT_STREAM))
  const parts = {
    train: rowsOf(partOf, 0),
    ...(val !== undefined && { val: rowsOf(partOf, 2) }),
    test: rowsOf(partOf, 1),
  }
  for (const [subset, rows] of Object.entries(parts))
    if (rows.length === 0) refuseEmpty(source, groups.count, subset)
  const hashed = hashedFieldsOf(source)
  const hasPositions = source.ra !== undefined && source.dec !== undefined
  return {
    format: SPLIT_FORMAT,
    version: SPLIT_VERSION,
    source: source.path === undefined ? null : basename(source.path),
    length: source.length,
    seed,
    groupRadius: hasPositions ? groupRadius : null,
    fractions: val === undefined ? { test } : { test, val },
    groups: groups.count,
    duplicatePositions: groups.duplicatePositions.length,
    withoutPosition: groups.withoutPosition,
    dataHash: dataHash(source, hashed),
    hashed,
    counts: Object.fromEntries(
      Object.entries(parts).map(([subset, rows]) => [subset, countLabels(source, rows)]),
    ),
    ...parts,
  }
}

/** @throws `split.fraction` unless above 0 and below 1 */
export function checkFraction(name: string, fraction: number): void {
  if (fraction > 0 && fraction < 1) return
  throw new PureGalaxyError(
    'split.fraction',
    `The fraction for ${name} is ${fraction}; expected a number above 0 and below 1, such as 0.1.`,
  )
}

function rowsOf(partOf: Uint8Array, wanted: number): number[] {
  const rows: number[] = []
  partOf.forEach((part, row) => {
    if (part === wanted) rows.push(row)
  })
  return rows
}

function refuseEmpty(source: SplitSource, groups: number, subset: string): never {
  throw new PureGalaxyError(
    'split.empty',
    `${source.path ?? 'The data set'} has ${source.length} rows in ${groups} groups, too few for these fractions: ` +
      `the part ${subset} would be empty. Use more data, a larger fraction or a smaller group radius.`,
  )
}
