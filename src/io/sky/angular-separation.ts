import { cosineOfDegrees, sineOfDegrees } from './degrees.ts'

const DEGREES_PER_RADIAN = 180 / Math.PI

/**
 * Great-circle distance between two positions, precise at every separation: the angle whose sine and cosine are the
 * norm of the cross product and the dot product of the two unit vectors (the sphere's case of Vincenty 1975). Taken
 * as written, one component of the cross product, cos d₁ sin d₂ − sin d₁ cos d₂ cos Δα, cancels for positions close
 * together and close to antipodes; with cos Δα = 1 − 2 sin²(Δα/2) = 2 cos²(Δα/2) − 1 it becomes
 * sin(d₂ − d₁) + 2 sin d₁ cos d₂ sin²(Δα/2) and sin(d₁ + d₂) − 2 sin d₁ cos d₂ cos²(Δα/2), which do not.
 *
 * @param ra1 right ascension of the first position, degrees, any turn
 * @param dec1 declination of the first position, degrees, −90 to 90
 * @param ra2 right ascension of the second
 * @param dec2 declination of the second
 * @returns degrees, 0 to 180; NaN where an argument is not finite
 * @example
 * angularSeparation(359.99, 0, 0.01, 0) // 0.02
 */
export function angularSeparation(ra1: number, dec1: number, ra2: number, dec2: number): number {
  const difference = ra2 - ra1
  const [sin1, cos1] = [sineOfDegrees(dec1), cosineOfDegrees(dec1)]
  const [sin2, cos2] = [sineOfDegrees(dec2), cosineOfDegrees(dec2)]
  const cosDifference = cosineOfDegrees(difference)
  const meridional =
    cosDifference >= 0
      ? sineOfDegrees(dec2 - dec1) + 2 * sin1 * cos2 * sineOfDegrees(difference / 2) ** 2
      : sineOfDegrees(dec1 + dec2) - 2 * sin1 * cos2 * cosineOfDegrees(difference / 2) ** 2
  const sine = Math.hypot(cos2 * sineOfDegrees(difference), meridional)
  return Math.atan2(sine, sin1 * sin2 + cos1 * cos2 * cosDifference) * DEGREES_PER_RADIAN
}
