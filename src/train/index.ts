/**
 * Training and judging models: the recipe (optimisers, schedules, augmentation, class weights), the training step as one
 * function of tensors, the loop with its run folder and checkpoints, evaluation, metrics and calibration. It prints
 * nothing and knows no command line; where the step runs is the engine's business, what a picture is `src/io`'s.
 * `predictor.ts`, `trained-model.ts`, `presets.ts` and `metrics.ts` need no TensorFlow.js and load at once.
 */
export type { AugmentationOptions, NoiseAugmentation } from '../augment/index.ts'
export { checkClasses } from './check-fit.ts'
export { confusionFigure } from './confusion-figure.ts'
export { type EvaluateOptions, evaluate } from './evaluate.ts'
export type { Evaluation, Interval, ProbabilityFigures } from './evaluation-types.ts'
export { type Lens, openLens, type UnitFigures } from './lens.ts'
export type * from './options.ts'
export { type PredictDatasetOptions, predictDataset } from './predict-dataset.ts'
export { openPredictor, type Predictor, type PredictorOptions } from './predictor.ts'
export { DEFAULT_RECIPE, PRESETS, presetRecipe } from './presets.ts'
export { resume, train } from './train.ts'
export { readTrainedModel, type TrainedModel } from './trained-model.ts'
