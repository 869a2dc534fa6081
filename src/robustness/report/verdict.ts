import type { Comparison } from '../report-types.ts'

/** Corrected probabilities below it count as a difference. */
export const SIGNIFICANCE = 0.05

/** What a comparison of two entries allows to say about the first. */
export type Verdict = 'better' | 'worse' | 'no difference' | 'mixed'

/**
 * Better or worse only where McNemar's test after Holm's correction and the interval of the difference agree; `mixed`
 * where the test sees a difference and the interval, which is over all models and noise seeds, does not bear it out.
 */
export function verdict({ mcnemar, interval: [low, high] }: Comparison): Verdict {
  if (!(mcnemar.corrected < SIGNIFICANCE)) return 'no difference'
  if (low > 0 && mcnemar.onlyFirst > mcnemar.onlyOther) return 'better'
  if (high < 0 && mcnemar.onlyFirst < mcnemar.onlyOther) return 'worse'
  return 'mixed'
}

/** Whether the first entry keeps more or less of its own accuracy. */
export type RelativeVerdict = 'more' | 'less' | 'no difference'

export function relativeVerdict({
  corrected,
  interval: [low, high],
}: NonNullable<Comparison['relative']>): RelativeVerdict {
  if (!(corrected < SIGNIFICANCE)) return 'no difference'
  return low > 0 ? 'more' : high < 0 ? 'less' : 'no difference'
}
