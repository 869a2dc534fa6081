const RADIANS_PER_DEGREE = Math.PI / 180

/** Arcseconds in a degree. */
export const ARCSEC_PER_DEGREE = 3600

/**
 * Sine of an angle in degrees. The angle is folded into ±90° while it is still in degrees, where that is exact, so
 * that multiples of 90° give exact values and angles close to them keep their full precision.
 */
export function sineOfDegrees(angle: number): number {
  let folded = angle % 360
  if (folded > 180) folded -= 360
  else if (folded < -180) folded += 360
  if (folded > 90) folded = 180 - folded
  else if (folded < -90) folded = -180 - folded
  // Above 45° the complement's cosine is the better conditioned one.
  if (folded > 45) return Math.cos((90 - folded) * RADIANS_PER_DEGREE)
  if (folded < -45) return -Math.cos((90 + folded) * RADIANS_PER_DEGREE)
  return Math.sin(folded * RADIANS_PER_DEGREE)
}

/** Cosine of an angle in degrees; exact at multiples of 90°, see `sineOfDegrees`. */
export function cosineOfDegrees(angle: number): number {
  const folded = Math.abs(angle % 360)
  return sineOfDegrees(folded <= 180 ? 90 - folded : folded - 270)
}
