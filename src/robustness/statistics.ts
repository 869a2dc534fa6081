import type { Interval } from '../train/evaluation-types.ts'

/** 97.5 % quantiles of Student's t for 1 to 30 degrees of freedom. */
const STUDENT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
] as const

/** Mean of at least one value. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * 95 % interval of the mean of independent repetitions, by Student's t. Null for a single one. It says how far noise
 * alone moves the figure, not how far another sample of pictures would.
 */
export function repetitionInterval(values: readonly number[]): Interval | null {
  const freedom = values.length - 1
  if (freedom < 1) return null
  const centre = mean(values)
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / freedom
  // Beyond the table 1.96 + 2.4/n is right to 1e-3.
  const quantile = STUDENT[freedom - 1] ?? 1.96 + 2.4 / freedom
  const half = quantile * Math.sqrt(variance / values.length)
  return [centre - half, centre + half]
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
