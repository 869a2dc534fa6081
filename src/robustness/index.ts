/**
 * How a model bears noise: protocols that make pictures worse in steps, the paired evaluation of one or two models on
 * the same noisy pictures, its statistics and tables. It neither trains nor alters a model (batch normalisation
 * included), and writes no files: the command line does.
 */
export * from '../noise/index.ts'
export type { LevelResult, ModelRobustness, PairedLevel, RobustnessResult } from './result-types.ts'
export { robustnessCsv, robustnessTable } from './tables.ts'
export { type RobustnessOptions, testRobustness } from './test-robustness.ts'
