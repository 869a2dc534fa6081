import { PureGalaxyError } from '../../errors.ts'
import { cosineOfDegrees, sineOfDegrees } from './degrees.ts'

/** Equatorial coordinates of n objects, degrees (J2000 or any one frame). */
export interface SkyCoordinates {
  /** Right ascension, −180 to 360. */
  readonly ra: ArrayLike<number>
  /** Declination, −90 to 90. */
  readonly dec: ArrayLike<number>
}

/**
 * Refuses coordinates that are no place on the sky.
 * @param rows the row that each position came from, where they are a selection of a longer list
 * @throws `sky.coordinates` naming the first row (counted from 0) that is not finite or out of range, or both lengths
 *   where they differ
 */
export function checkCoordinates({ ra, dec }: SkyCoordinates, rows?: ArrayLike<number>): void {
  if (ra.length !== dec.length) {
    throw new PureGalaxyError(
      'sky.coordinates',
      `There are ${ra.length} right ascensions and ${dec.length} declinations; expected as many of both.`,
    )
  }
  for (let at = 0; at < ra.length; at++) {
    const row = rows === undefined ? at : rows[at]!
    // Written so that NaN fails.
    if (!(ra[at]! >= -180 && ra[at]! <= 360)) refuse(row, 'right ascension', ra[at]!, '-180 to 360')
    if (!(dec[at]! >= -90 && dec[at]! <= 90)) refuse(row, 'declination', dec[at]!, '-90 to 90')
  }
}

function refuse(row: number, name: string, value: number, range: string): never {
  throw new PureGalaxyError(
    'sky.coordinates',
    `Row ${row} (counted from 0) has the ${name} ${value}; expected degrees from ${range}. Correct or remove that row.`,
  )
}

/**
 * Unit vectors towards the coordinates: (cos dec cos ra, cos dec sin ra, sin dec).
 * @returns n × 3, row-major; each component right to 2⁻⁵², which is 5e-11 arcsec on the sky
 */
export function unitVectors({ ra, dec }: SkyCoordinates): Float64Array {
  const vectors = new Float64Array(3 * ra.length)
  for (let row = 0; row < ra.length; row++) {
    const cosDec = cosineOfDegrees(dec[row]!)
    vectors[3 * row] = cosDec * cosineOfDegrees(ra[row]!)
    vectors[3 * row + 1] = cosDec * sineOfDegrees(ra[row]!)
    vectors[3 * row + 2] = sineOfDegrees(dec[row]!)
  }
  return vectors
}
