/**
 * Holm's correction of p-values for several tests (Holm 1979): in ascending order each is multiplied by the number of those
 * that are not smaller, and raised to the largest before it.
 *
 * @param values p-values, 0 to 1
 * @returns corrected, in the order given
 * @example holm([0.01, 0.04, 0.03]) // [0.03, 0.06, 0.06]
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((a, b) => values[a]! - values[b]!)
  const corrected = new Array<number>(values.length)
  let largest = 0
  for (const [rank, at] of order.entries()) {
    largest = Math.max(largest, Math.min(1, values[at]! * (values.length - rank)))
    corrected[at] = largest
  }
  return corrected
}
