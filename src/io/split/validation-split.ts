import { PureGalaxyError } from '../../errors.ts'
import { RandomStream } from '../../random/index.ts'
import { assignGroups } from './assign-groups.ts'
import { groupRows } from './group-rows.ts'
import { checkFraction } from './split-dataset.ts'
import type { SplitSource } from './split-source.ts'
import { strataOf } from './strata.ts'

export interface ValidationSplitOptions {
  /** Fraction of the rows for validation, above 0 and below 1. */
  readonly fraction: number
  /** Arcseconds within which rows stay together; default 67. */
  readonly groupRadius?: number
  readonly seed: number
}

/** Sets these draws apart from those of `splitDataset` with the same seed. */
const VALIDATION_STREAM = 0x5356

/**
 * Sets some of the rows at hand aside for validation: stratified and grouped as `splitDataset` does.
 *
 * @param rows the rows to divide, each once; default: all of the data set
 * @returns rows of the data set, ascending
 * @throws `split.fraction`, `split.empty`, `sky.coordinates`, `sky.radius`, `random.seed`
 * @example
 * const { train, val } = validationSplit(dataset, split.train, { fraction: 0.1, seed: 1 })
 */
export function validationSplit(
  source: SplitSource,
  rows: ArrayLike<number> | undefined,
  options: ValidationSplitOptions,
): { readonly train: Uint32Array; readonly val: Uint32Array } {
  checkFraction('validation', options.fraction)
  const chosen = Uint32Array.from(rows ?? { length: source.length }, (row, at) => (rows ? row : at)).sort()
  const selection = selectRows(source, chosen)
  const groups = groupRows(selection, options.groupRadius)
  const stream = new RandomStream(options.seed, VALIDATION_STREAM)
  const partOf = assignGroups(groups, strataOf(selection), [options.fraction], stream)
  const train = chosen.filter((_, at) => partOf[at] === 0)
  const val = chosen.filter((_, at) => partOf[at] === 1)
  if (train.length === 0 || val.length === 0) {
    throw new PureGalaxyError(
      'split.empty',
      `${source.path ?? 'The data set'} has ${chosen.length} rows in ${groups.count} groups to train on, too few to set ` +
        `${options.fraction} of them aside for validation. Use more data, another fraction or a smaller group radius.`,
    )
  }
  return { train, val }
}

function selectRows(source: SplitSource, rows: Uint32Array): SplitSource {
  const { path, ra, dec, labels, allowed, classes } = source
  return {
    path,
    classes,
    length: rows.length,
    ra: ra && Float64Array.from(rows, (row) => ra[row]!),
    dec: dec && Float64Array.from(rows, (row) => dec[row]!),
    labels: labels && Int32Array.from(rows, (row) => labels[row]!),
    allowed: allowed && Uint16Array.from(rows, (row) => allowed[row]!),
  }
}
