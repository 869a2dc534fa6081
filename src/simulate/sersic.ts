/**
 * b_n of Sérsic's profile I(R) = I_e exp(−b_n ((R / R_e)^(1/n) − 1)), so that R_e encloses half of the light: the
 * asymptotic series of Ciotti and Bertin 1999 (A&A 352, 447, equation 18), better than 1e-4 for n ≥ 1.
 */
export function sersicB(n: number): number {
  return (
    2 * n -
    1 / 3 +
    4 / (405 * n) +
    46 / (25515 * n * n) +
    131 / (1148175 * n ** 3) -
    2194697 / (30690717750 * n ** 4)
  )
}

/** A surface brightness in arbitrary units as a function of the radius in units of R_e. */
export function sersicProfile(n: number): (radius: number) => number {
  const b = sersicB(n)
  if (n === 1) return (radius) => Math.exp(-b * radius)
  if (n === 4) return (radius) => Math.exp(-b * Math.sqrt(Math.sqrt(radius)))
  const exponent = 1 / n
  return (radius) => Math.exp(-b * radius ** exponent)
}

/**
 * Radius, in units of R_e, at which a painted profile ends: the light outside, one per cent for n = 1 and four for n = 4, is
 * given to what lies inside.
 */
export function sersicExtent(n: number): number {
  return Math.min(12, 2 + 2 * n)
}

/** Half-light radius of an exponential disc in units of its scale length. */
export const EXPONENTIAL_HALF_LIGHT = 1.678347
