/**
 * What happens to pictures between a file and a model while it trains: symmetries, crops, and redrawing one survey's
 * pictures in another's look. Works on bytes in host memory and draws from seeded streams; what only moves pixels can
 * also run on an accelerator (`movePictures`). Normalisation is part of the model's own step (`normalise` in `src/model`); noise to test a model with is the business of `src/robustness`.
 */
export {
  type Augmentation,
  type AugmentationOptions,
  createAugmentation,
  type PictureShape,
} from './augmentation.ts'
export { movePictures } from './move-pictures.ts'
export { MOVE_FIGURES } from './moves.ts'
export { applySymmetry, SYMMETRIES } from './symmetry.ts'
