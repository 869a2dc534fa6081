import { PureGalaxyError } from '../errors.ts'
import { countsProtocol } from './counts.ts'
import type { NoiseProtocol } from './protocol.ts'

/**
 * The protocol of a name.
 *
 * @param levels instead of its usual ones
 * @throws PureGalaxyError `noise.protocol` for a name that there is not, `noise.level` for levels that it does not take
 */
export function openProtocol(name: string, levels?: readonly number[]): NoiseProtocol {
  if (name !== 'counts')
    throw new PureGalaxyError('noise.protocol', `There is no noise protocol '${name}'; expected counts.`)
  if (levels?.length === 0)
    throw new PureGalaxyError(
      'noise.level',
      'No level is given; protocol counts expects photons at full scale.',
    )
  return countsProtocol(levels)
}
