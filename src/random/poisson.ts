/** Where the sequential search hands over to rejection; PTRS is stated for rates of 10 and more. */
const SEARCH_LIMIT = 10

/** ln k! for k = 0 to 15, exact to rounding; beyond, Stirling's series serves. */
const LOG_FACTORIALS = (() => {
  const table = new Float64Array(16)
  for (let k = 2; k < table.length; k++) table[k] = table[k - 1]! + Math.log(k)
  return table
})()

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI)

/** ln k!, k a non-negative integer; relative error below 1e-13 (Stirling's series, three terms, above the table). */
export function logFactorial(k: number): number {
  if (k < LOG_FACTORIALS.length) return LOG_FACTORIALS[k]!
  const inverse = 1 / k
  const square = inverse * inverse
  const series = inverse * (1 / 12 - square * (1 / 360 - square / 1260))
  return (k + 0.5) * Math.log(k) - k + HALF_LOG_TWO_PI + series
}

/**
 * A Poisson variate. Below 10 by sequential search through the distribution function, from 10 on by the transformed
 * rejection PTRS of Hörmann, "The transformed rejection method for generating Poisson random variables", Insurance:
 * Mathematics and Economics 12 (1993) 39–45. Both are exact up to rounding, which matters from rates of 10¹³ on: there
 * the logarithm of the density, a difference of numbers some thirty times the rate, is off by a tenth and more.
 *
 * @param rate mean of the distribution, finite, not negative (the caller checks)
 * @param uniform source of numbers in [0, 1)
 */
export function poissonVariate(rate: number, uniform: () => number): number {
  return rate < SEARCH_LIMIT ? bySearch(rate, uniform) : byRejection(rate, uniform)
}

function bySearch(rate: number, uniform: () => number): number {
  let probability = Math.exp(-rate)
  let rest = uniform() - probability
  let k = 0
  // A uniform number within rounding of 1 could search for ever: the probability vanishes first.
  while (rest >= 0 && probability > 0) {
    k++
    probability *= rate / k
    rest -= probability
  }
  return k
}

function byRejection(rate: number, uniform: () => number): number {
  const b = 0.931 + 2.53 * Math.sqrt(rate)
  const a = -0.059 + 0.02483 * b
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
  const acceptance = 0.9277 - 3.6224 / (b - 2)
  const logRate = Math.log(rate)
  for (;;) {
    const u = uniform() - 0.5
    const v = 1 - uniform()
    const us = 0.5 - Math.abs(u)
    const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43)
    if (us >= 0.07 && v <= acceptance) return k
    if (k < 0 || (us < 0.013 && v > us)) continue
    const logDensity = k * logRate - rate - logFactorial(k)
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= logDensity) return k
  }
}
