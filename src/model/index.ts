/**
 * The networks: PURe and its ResNet twins as pure functions of tensors, their parameters, first weights, running
 * statistics and the content of a weights file. Written with TensorFlow.js operations and no backend of its own: where
 * a network runs is `src/engine`'s business, how it is trained `src/train`'s, and files are `src/io`'s.
 * `architectures.ts`, `config.ts`, `network.ts`, `parameters.ts` and `model-file.ts` need no TensorFlow.js and load at once.
 */
export { ARCHITECTURES, type Architecture, type Family, type Stem } from './architectures.ts'
export {
  architectureOf,
  type ModelConfig,
  resolveModelConfig,
  type SecondLayer,
} from './config.ts'
export { createModel, type ForwardMode, type ForwardResult, type Model } from './model.ts'
export {
  decodeModelFile,
  type EncodeModelOptions,
  encodeModelFile,
  type ModelContent,
  type ModelMetadata,
  TRAINING_PREFIX,
} from './model-file.ts'
export { type Normalisation, normalise } from './normalise.ts'
export {
  type ArchitectureInfo,
  countParameters,
  listArchitectures,
  type ParameterKind,
  type ParameterSpec,
} from './parameters.ts'
export type { ProductUnitHealth } from './product-unit.ts'
export { averageStatistics, STATISTICS_MOMENTUM, updateStatistics } from './statistics.ts'
