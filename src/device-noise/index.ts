/**
 * The protocols of `src/noise` as functions of tensors that an engine compiles, so that noise is drawn where the pictures
 * are: the same random words, and for `counts` and `additive` the same bytes. It knows one batch at a time: whose pictures
 * they are, where they come from and where they go is the business of training and of `src/robustness`.
 */
export type { BatchFigures, BatchShape, DosedPicture, Measured, NoiseProgram } from './noise-program.ts'
export { EXACT_PROTOCOLS, openNoiseProgram } from './open-noise-program.ts'
