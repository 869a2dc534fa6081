/**
 * What happens to pictures between a file and a model while it trains: symmetries, crops, noise, and redrawing one
 * survey's pictures in another's look. Works on bytes in host memory and draws from seeded streams; what only moves pixels can
 * also run on an accelerator (`movePictures`), and for noise, which `src/device-noise` draws there, it tells whose is how
 * strong. Normalisation is part of the model's own step (`normalise` in `src/model`); what noise is, `src/noise` says.
 */
export {
  type Augmentation,
  type AugmentationOptions,
  createAugmentation,
  type PictureShape,
} from './augmentation.ts'
export { movePictures } from './move-pictures.ts'
export { MOVE_FIGURES } from './moves.ts'
export type { NoiseAugmentation, TrainingNoise } from './noise.ts'
export { applySymmetry, SYMMETRIES } from './symmetry.ts'
