import { PureGalaxyError } from '../../errors.ts'
import { ARCSEC_PER_DEGREE, sineOfDegrees } from './degrees.ts'
import { friendsOfFriends } from './friends-of-friends.ts'
import { checkCoordinates, type SkyCoordinates, unitVectors } from './sky-coordinates.ts'

/**
 * Half the width of a Galaxy10 picture (512 native pixels of 0.262″ are 134″): objects farther apart than this do not
 * stand at the centre of each other's picture.
 */
export const GROUP_RADIUS_ARCSEC = 67

/** Room for the rounding of unit vectors, 2e-10 arcsec on the sky. */
const ROUNDING = 1e-15

/** Objects that belong together. */
export interface SkyGroups {
  readonly count: number
  /** Group of each object, 0 to count − 1, numbered in the order in which their first members come. */
  readonly groupOf: Uint32Array
}

/**
 * Groups objects by position: two within the radius of each other share a group, and so do the friends of friends.
 * Separations equal to the radius count; those that differ from it by less than 2e-10″ are beyond what unit vectors
 * in double precision resolve (near 180° the limit is 0.01″). One million objects take about a second, ten million nine and 0.6 GB.
 *
 * @param coordinates degrees, see `SkyCoordinates`
 * @param radius arcseconds, 0 (same place only) to 648,000 (180°)
 * @throws `sky.coordinates` naming the row of a position that is none; `sky.radius`
 * @example
 * groupBySkyPosition({ ra: [359.999, 0.001, 10], dec: [0, 0, 0] }, 67) // { count: 2, groupOf: [0, 0, 1] }
 */
export function groupBySkyPosition(coordinates: SkyCoordinates, radius = GROUP_RADIUS_ARCSEC): SkyGroups {
  if (!(radius >= 0 && radius <= 180 * ARCSEC_PER_DEGREE)) {
    throw new PureGalaxyError(
      'sky.radius',
      `The radius for grouping is ${radius}; expected arcseconds from 0 to 648000 (180 degrees).`,
    )
  }
  checkCoordinates(coordinates)
  const chord = 2 * sineOfDegrees(radius / ARCSEC_PER_DEGREE / 2)
  const sets = friendsOfFriends(unitVectors(coordinates), chord + ROUNDING)
  const groupOf = new Uint32Array(coordinates.ra.length)
  let count = 0
  // A set is named by its smallest row, which therefore comes, and is numbered, before all others of it.
  for (let row = 0; row < groupOf.length; row++) {
    const first = sets.find(row)
    groupOf[row] = first === row ? count++ : groupOf[first]!
  }
  return { count, groupOf }
}
