import { PureGalaxyError } from '../errors.ts'
import { additiveProtocol } from './additive.ts'
import { countsProtocol } from './counts.ts'
import { exposureProtocol } from './exposure.ts'
import type { NoiseProtocol, ProtocolName } from './protocol.ts'

/** The protocols, with a line on each for help texts. */
export const PROTOCOLS: Readonly<Record<ProtocolName, string>> = {
  counts: 'Poisson noise of a number of photons at full scale, on the pixels (ImageNet-C, CIFAR-10-C)',
  additive: 'Poisson noise of one rate all over the picture, added to the pixels',
  exposure: "the noise of a shorter exposure, in flux: needs pictures with the Legacy Surveys' stretch",
}

const OPENERS: Readonly<Record<ProtocolName, (levels?: readonly number[]) => NoiseProtocol>> = {
  counts: countsProtocol,
  additive: additiveProtocol,
  exposure: exposureProtocol,
}

/**
 * The protocol of a name.
 *
 * @param levels instead of its usual ones, in any order
 * @throws PureGalaxyError `noise.protocol` for a name that there is not, `noise.level` for levels that it does not take
 * @example
 * openProtocol('exposure', [1 / 4, 1 / 16])
 */
export function openProtocol(name: string, levels?: readonly number[]): NoiseProtocol {
  if (!Object.hasOwn(OPENERS, name)) {
    const known = Object.keys(PROTOCOLS).join(', ')
    throw new PureGalaxyError(
      'noise.protocol',
      `There is no noise protocol '${name}'; expected one of ${known}.`,
    )
  }
  return OPENERS[name as ProtocolName](levels)
}
