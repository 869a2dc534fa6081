/**
 * Trained models at work: a model file (or a model that ships) on an engine, and the way from picture files, folders
 * and data sets to rows of a catalogue. It trains and judges nothing (`src/train`), decodes through `src/io`, and
 * leaves the writing of rows to the caller.
 */
export { Classifier, type ClassifierOptions } from './classifier.ts'
export { ClassifyInputs, type ClassifyInputsOptions } from './classify-inputs.ts'
export type { MeasuredModel, ModelCard, ModelTest } from './model-card.ts'
export type { Prediction } from './prediction.ts'
export {
  describeModel,
  resolveModel,
  type ShippedModel,
  type ShippedModelInfo,
  shippedModels,
} from './shipped-models.ts'
