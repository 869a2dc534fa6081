/** Pearson's statistic and its degrees of freedom; cells expecting fewer than ten draws are merged. */
export function chiSquared(
  observed: ArrayLike<number>,
  expected: readonly number[],
): [statistic: number, freedom: number] {
  let statistic = 0
  let cells = 0
  let seen = 0
  let wanted = 0
  let left = expected.reduce((a, b) => a + b)
  for (const [cell, count] of expected.entries()) {
    seen += observed[cell]!
    wanted += count
    left -= count
    // What is left at the end goes with the last cell that is full.
    if (wanted < 10 || (left < 10 && cell < expected.length - 1)) continue
    statistic += (seen - wanted) ** 2 / wanted
    cells++
    seen = 0
    wanted = 0
  }
  if (wanted > 0) {
    statistic += (seen - wanted) ** 2 / wanted
    cells++
  }
  return [statistic, cells - 1]
}

/** What chi-squared of so many degrees of freedom exceeds less than once in 10⁵ times (Wilson and Hilferty 1931). */
export function chiSquaredLimit(freedom: number): number {
  const spread = 2 / (9 * freedom)
  return freedom * (1 - spread + 4.27 * Math.sqrt(spread)) ** 3
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

export function variance(values: ArrayLike<number>): number {
  const center = mean(values)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i]! - center) ** 2
  return sum / (values.length - 1)
}

/** Pearson's correlation. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [meanA, meanB] = [mean(a), mean(b)]
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - meanA) * (b[i]! - meanB)
  return sum / (a.length - 1) / Math.sqrt(variance(a) * variance(b))
}

export function poissonProbability(rate: number, count: number): number {
  let probability = Math.exp(-rate)
  for (let k = 1; k <= count; k++) probability *= rate / k
  return probability
}

/** Standard normal distribution function; absolute error below 2e-15 (series and continued fraction of the textbook). */
export function normalDistribution(x: number): number {
  const size = Math.abs(x)
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
  if (size < 5) {
    let term = size
    let sum = size
    for (let k = 1; Math.abs(term) > 1e-17 * sum; k++) {
      term *= (size * size) / (2 * k + 1)
      sum += term
    }
    return x >= 0 ? 0.5 + density * sum : 0.5 - density * sum
  }
  let fraction = size
  for (let k = 60; k >= 1; k--) fraction = size + k / fraction
  return x > 0 ? 1 - density / fraction : density / fraction
}
