/**
 * Noise for pictures: protocols that make them worse in steps, each a pure function of pictures, level and seed. It
 * neither knows models nor files. Training draws augmentation from it, `src/robustness` tests.
 */
export { CIFAR_LEVELS, countsProtocol, IMAGENET_LEVELS } from './counts.ts'
export { openProtocol } from './open-protocol.ts'
export {
  addTally,
  EMPTY_TALLY,
  type NoiseBatch,
  type NoiseProtocol,
  type NoiseTally,
  type ProtocolName,
} from './protocol.ts'
