import type { RandomStream } from '../random/index.ts'

/** A number spread evenly between two limits. */
export function between(random: RandomStream, low: number, high: number): number {
  return low + (high - low) * random.uniform()
}

/** A normal number of the given mean and standard deviation, held within three of them. */
export function around(random: RandomStream, mean: number, deviation: number): number {
  return mean + deviation * Math.max(-3, Math.min(3, random.normal()))
}

/** A log-normal number of the given median; `scatter` is the standard deviation of its natural logarithm. */
export function logAround(random: RandomStream, median: number, scatter: number): number {
  return median * Math.exp(around(random, 0, scatter))
}

/** True with the given probability. */
export function chance(random: RandomStream, probability: number): boolean {
  return random.uniform() < probability
}

/** An angle, 0 to 2π. */
export function angle(random: RandomStream): number {
  return 2 * Math.PI * random.uniform()
}

/**
 * A magnitude of a population whose counts grow as 10^(slope · m) between two limits.
 * @param slope per magnitude, not 0
 */
export function countsMagnitude(random: RandomStream, slope: number, bright: number, faint: number): number {
  const low = 10 ** (slope * (bright - faint))
  return faint + Math.log10(low + (1 - low) * random.uniform()) / slope
}
