import { openProtocol, type ProtocolName } from '../noise/index.ts'
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

/**
 * Noise for training pictures. Whether a picture gets any, the level and what is drawn depend on the seed, the epoch and
 * its index in the data set alone; a run with noise crops and turns its pictures as one without.
 *
 * @param seed of the run
 * @returns writes a noisy copy of `source` (height × width × 3) to `out`, or returns false: the picture stays as it is
 * @throws PureGalaxyError `noise.protocol`, `noise.level`
 */
export function trainingNoise({ protocol: name, levels, probability }: NoiseAugmentation, seed: number) {
  const protocol = openProtocol(name, levels)
  return function addNoise(
    source: Uint8Array,
    out: Uint8Array,
    height: number,
    width: number,
    epoch: number,
    index: number,
  ): boolean {
    const stream = new RandomStream(seed, PURPOSE, epoch, index)
    if (stream.uniform() >= probability) return false
    const level = protocol.levels[stream.integer(protocol.levels.length)]!
    const noiseSeed = FIRST_SEED + stream.integer(FIRST_SEED)
    protocol.apply({ pictures: source, height, width, indices: [index], out }, level, noiseSeed)
    return true
  }
}
