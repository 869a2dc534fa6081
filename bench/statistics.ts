/** Median and quartiles of some measurements. */
export interface Summary {
  readonly runs: number
  readonly median: number
  readonly quartiles: readonly [lower: number, upper: number]
}

export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b)
  return {
    runs: sorted.length,
    median: quantile(sorted, 0.5),
    quartiles: [quantile(sorted, 0.25), quantile(sorted, 0.75)],
  }
}

/** Linear interpolation between order statistics. */
function quantile(sorted: readonly number[], fraction: number): number {
  const at = fraction * (sorted.length - 1)
  const below = sorted[Math.floor(at)]!
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at))
}

const FEWEST_RUNS = 3

/** Seconds of each repetition, for about `seconds` in all, at least three. */
export async function repeatFor(seconds: number, once: () => Promise<void>): Promise<number[]> {
  const times: number[] = []
  const start = performance.now()
  while (times.length < FEWEST_RUNS || performance.now() - start < 1000 * seconds) {
    const before = performance.now()
    await once()
    times.push((performance.now() - before) / 1000)
  }
  return times
}
