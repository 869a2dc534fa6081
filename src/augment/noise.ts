import { type NoiseDose, type NoiseProtocol, openProtocol, type ProtocolName } from '../noise/index.ts'
import { RandomStream } from '../random/index.ts'

/** Noise on training pictures, of the kinds that robustness is tested with. */
export interface NoiseAugmentation {
  readonly protocol: ProtocolName
  /** Of which each noisy picture gets one, each as likely as any other; what they mean is the protocol's. */
  readonly levels: readonly number[]
  /** Of a picture to get noise, above 0, at most 1. */
  readonly probability: number
}

/** Keeps these random numbers apart from others that begin with the same seed, those of the other steps among them. */
const PURPOSE = 0x2015e

/** Robustness is tested with the noise seeds 1, 2, 3 …; training takes the upper half, so that no noise is seen twice. */
const FIRST_SEED = 2 ** 31

export interface TrainingNoise {
  readonly protocol: NoiseProtocol
  /**
   * The noise that a picture gets, null for none.
   *
   * @param epoch from 0
   * @param index of the picture in its data set
   */
  dose(epoch: number, index: number): NoiseDose | null
}

/**
 * Noise for training pictures. Whether a picture gets any, the level and what is drawn depend on the seed, the epoch and
 * its index in the data set alone; a run with noise crops and turns its pictures as one without.
 *
 * @param seed of the run
 * @throws PureGalaxyError `noise.protocol`, `noise.level`
 */
export function trainingNoise(
  { protocol: name, levels, probability }: NoiseAugmentation,
  seed: number,
): TrainingNoise {
  const protocol = openProtocol(name, levels)
  return {
    protocol,
    dose(epoch, index) {
      const stream = new RandomStream(seed, PURPOSE, epoch, index)
      if (stream.uniform() >= probability) return null
      const level = protocol.levels[stream.integer(protocol.levels.length)]!
      return { level, seed: FIRST_SEED + stream.integer(FIRST_SEED) }
    },
  }
}
