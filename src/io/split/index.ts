/**
 * Splits of a data set into training, validation and test rows: stratified by class, grouped by sky position so that
 * no galaxy is on both sides, seeded, and kept as a JSON file that knows which data it belongs to. Reads positions
 * and labels, never pictures; what is done with the parts is the caller's business.
 */

export { countLabels, type StratumCounts, type Subset } from './count-labels.ts'
export { dataHash, type HashedField, hashedFieldsOf } from './data-hash.ts'
export { type DatasetSplit, SPLIT_FORMAT, SPLIT_VERSION } from './dataset-split.ts'
export { type GroupedRows, groupRows } from './group-rows.ts'
export { openSplitSource } from './open-split-source.ts'
export { type SplitOptions, splitDataset } from './split-dataset.ts'
export { parseSplit, readSplit, writeSplit } from './split-file.ts'
export type { SplitSource } from './split-source.ts'
export { type Strata, strataOf } from './strata.ts'
export { type ValidationSplitOptions, validationSplit } from './validation-split.ts'
