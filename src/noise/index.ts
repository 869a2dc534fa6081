/**
 * Noise for pictures: protocols that make them worse in steps, each a pure function of pictures, level and seed, and
 * whether pictures have the stretch that the physical one undoes. It neither knows models nor files. Training draws
 * augmentation from it, `src/robustness` tests.
 */
export { ADDITIVE_LEVELS, additiveProtocol } from './additive.ts'
export { CIFAR_LEVELS, countsProtocol, IMAGENET_LEVELS } from './counts.ts'
export { EXPOSURE_LEVELS, exposureProtocol } from './exposure.ts'
export { type Colour, type LegacyLook, looksLikeLegacySurveys } from './legacy-look.ts'
export {
  addTally,
  EMPTY_TALLY,
  NOISE_VERSION,
  type NoiseBatch,
  type NoiseDose,
  type NoiseProtocol,
  type NoiseTally,
  type ProtocolName,
} from './protocol.ts'
export { openProtocol, PROTOCOLS } from './protocols.ts'
