import type { Comparison, ProtocolReport } from '../robustness/index.ts'
import type { Interval } from '../train/index.ts'

export type Verdict = 'supported' | 'not supported at this scale' | 'not tested'

/** A claim of the paper's abstract and what the study says of it. */
export interface Claim {
  readonly claim: string
  readonly verdict: Verdict
  /** The figures that decided. */
  readonly because: string
}

const verdict = (supported: boolean): Verdict => (supported ? 'supported' : 'not supported at this scale')
const points = (fraction: number) => `${fraction < 0 ? '−' : '+'}${Math.abs(100 * fraction).toFixed(1)}`

/** A mean difference of accuracy over paired training seeds, with its interval over pictures and seeds. */
export interface AccuracyDifference {
  readonly difference: number
  readonly interval: Interval
  readonly perSeed: readonly number[]
}

/** Supported where the difference is above 0 and its interval excludes 0. */
export function accuracyClaim({ difference, interval, perSeed }: AccuracyDifference): Claim {
  return {
    claim: 'PURe is more accurate than its ResNet twin',
    verdict: verdict(difference > 0 && interval[0] > 0),
    because:
      `${points(difference)} points of accuracy on the test pictures (95 % interval over pictures and seeds ` +
      `${points(interval[0])} to ${points(interval[1])}; by seed ${perSeed.map(points).join(', ')})`,
  }
}

/** Epochs to close to the end, of pairs of runs with the same seed. */
export interface ConvergencePair {
  readonly pure: number
  readonly resnet: number
}

/** The ratio from which on PURe counts as much faster: the paper says nearly five. */
const MUCH_FASTER = 2

/**
 * Supported where ResNet takes more than twice PURe's epochs, on the mean, both at the recipe's rate and each at its own
 * best.
 *
 * @param atBest null where a run of them stopped being finite
 */
export function convergenceClaim(
  atRecipe: readonly ConvergencePair[],
  atBest: readonly ConvergencePair[] | null,
): Claim {
  const claim = 'PURe converges nearly five times faster'
  if (atBest === null)
    return { claim, verdict: 'not tested', because: "a run at a network's own best rate did not end" }
  const ratio = (pairs: readonly ConvergencePair[]) => {
    const total = (pick: (pair: ConvergencePair) => number) =>
      pairs.reduce((sum, pair) => sum + pick(pair), 0)
    return total(({ resnet }) => resnet) / total(({ pure }) => pure)
  }
  const [same, best] = [ratio(atRecipe), ratio(atBest)]
  return {
    claim,
    verdict: verdict(same > MUCH_FASTER && best > MUCH_FASTER),
    because:
      `ResNet takes ${same.toFixed(2)} times PURe's epochs to within half a point of its own end at the same rate, ` +
      `${best.toFixed(2)} times with each at its own best`,
  }
}

const SIGNIFICANT = 0.05

/**
 * Supported where, at more than half of the levels, PURe keeps more of its own accuracy for every seed and is more
 * accurate by McNemar's test after Holm's correction, and its mean corruption error is below 100.
 */
export function robustnessClaim({ protocol, levels, curves, comparisons }: ProtocolReport): Claim {
  const [pure, resnet] = curves
  const relative = (curve: typeof pure & object, at: number) =>
    curve.levels[at]!.accuracy.perModel.map((value, model) => value / curve.clean.accuracy.perModel[model]!)
  const better = levels.filter((level, at) => {
    const theirs = relative(resnet!, at)
    const every = relative(pure!, at).every((own, seed) => own > theirs[seed]!)
    const test = comparisons.find((each: Comparison) => each.level === level && each.against === 1)!
    const { onlyFirst, onlyOther, corrected } = test.mcnemar
    return every && test.difference > 0 && onlyFirst > onlyOther && corrected < SIGNIFICANT
  })
  const mce = pure!.meanCorruptionError
  return {
    claim: `PURe is robust to Poisson noise (${protocol})`,
    verdict: verdict(better.length > levels.length / 2 && mce !== null && mce < 100),
    because:
      `at ${better.length} of ${levels.length} levels PURe keeps more of its accuracy for every seed with a corrected p below ${SIGNIFICANT}; ` +
      `mean corruption error ${mce === null ? 'not defined' : mce.toFixed(1)}`,
  }
}
