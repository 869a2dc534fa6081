import type { Spread } from './report-types.ts'

/** Mean of at least one value. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** A figure of several models. */
export function spread(perModel: readonly number[]): Spread {
  const centre = mean(perModel)
  const freedom = perModel.length - 1
  const squares = perModel.reduce((sum, value) => sum + (value - centre) ** 2, 0)
  return { mean: centre, perModel, deviation: freedom < 1 ? null : Math.sqrt(squares / freedom) }
}

/**
 * McNemar's exact test (McNemar 1947; two-sided binomial): were the pictures that only one of two models gets right
 * shared out by a fair coin, how likely is a split at least as uneven?
 *
 * @param onlyFirst pictures that only the first model gets right
 * @param onlySecond pictures that only the second gets right
 * @returns 0 to 1; 1 where the models never disagree
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const trials = onlyFirst + onlySecond
  const smaller = Math.min(onlyFirst, onlySecond)
  let logProbability = -trials * Math.LN2
  let tail = 0
  for (let successes = 0; successes <= smaller; successes++) {
    tail += Math.exp(logProbability)
    logProbability += Math.log((trials - successes) / (successes + 1))
  }
  return Math.min(1, 2 * tail)
}
