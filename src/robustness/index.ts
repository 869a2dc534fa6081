/**
 * How models bear noise: the paired evaluation of models on the same noisy pictures, its statistics, and reports of it.
 * The noise itself is drawn in `src/noise`. This folder neither trains nor alters a model (batch normalisation
 * included), and the only file that it writes is the journal of passes.
 */
export * from '../noise/index.ts'
export { checkEntries } from './check-entries.ts'
export { checkStretch, type StretchOptions } from './check-stretch.ts'
export { memoryPasses, type Pass, type PassKey, type PassStore } from './pass.ts'
export { journalName, openPassJournal, type PassJournal, passIdentity } from './pass-journal.ts'
export * from './report/index.ts'
export type * from './report-types.ts'
export { type RobustnessEntry, type RobustnessOptions, testRobustness } from './test-robustness.ts'
