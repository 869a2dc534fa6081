import type { RobustnessReport } from '../robustness/index.ts'
import type { EpochSummary } from '../train/index.ts'
import { CLOSE, type Convergence, convergenceOf, epochsTo } from './convergence.ts'
import { type StudyPlan, studyRun } from './plan.ts'
import {
  accuracyClaim,
  type Claim,
  type ConvergencePair,
  convergenceClaim,
  robustnessClaim,
} from './verdicts.ts'

/** What a study found. */
export interface StudyFindings {
  /** Learning rate of the recipe, and each network's own best, in the order of the plan's architectures. */
  readonly rates: { readonly recipe: number; readonly best: readonly number[] }
  /** A row a trained network. */
  readonly runs: readonly RunFinding[]
  readonly claims: readonly Claim[]
}

export interface RunFinding extends Convergence {
  readonly architecture: string
  readonly learningRate: number
  readonly seed: number
  /** Epochs to within half a point of the final validation accuracy of the other network, same rate and seed. */
  readonly epochsToOther: number | null
}

/**
 * @param best learning rate of each architecture
 * @param histories epochs of every run that came to its end, by its name; those of the recipe's rate all did
 */
export function judgeStudy(
  plan: StudyPlan,
  best: readonly number[],
  histories: ReadonlyMap<string, readonly EpochSummary[]>,
  report: RobustnessReport,
): StudyFindings {
  const { architectures, seeds, recipe } = plan
  const historyOf = (architecture: string, rate: number, seed: number) =>
    histories.get(studyRun(architecture, rate, seed).name)
  const runs = architectures.flatMap((architecture, at) => {
    const rates = [...new Set([recipe.learningRate, ...plan.grid.map((run) => run.learningRate), best[at]!])]
    const other = architectures[1 - at]!
    return rates.flatMap((learningRate) =>
      seeds.flatMap((seed): RunFinding[] => {
        const epochs = historyOf(architecture, learningRate, seed)
        if (epochs === undefined) return []
        const twin = historyOf(other, learningRate, seed)
        const epochsToOther = twin === undefined ? null : epochsTo(epochs, convergenceOf(twin).final - CLOSE)
        return [{ architecture, learningRate, seed, ...convergenceOf(epochs), epochsToOther }]
      }),
    )
  })
  const pairs = (rates: readonly number[]): ConvergencePair[] | null => {
    const found = seeds.map((seed) =>
      architectures.map((architecture, at) => historyOf(architecture, rates[at]!, seed)),
    )
    if (found.flat().some((history) => history === undefined)) return null
    return found.map(([pure, resnet]) => ({
      pure: convergenceOf(pure!).epochs,
      resnet: convergenceOf(resnet!).epochs,
    }))
  }
  return {
    rates: { recipe: recipe.learningRate, best },
    runs,
    claims: [
      accuracyClaim(accuracyDifference(report)),
      convergenceClaim(pairs([recipe.learningRate, recipe.learningRate])!, pairs(best)),
      ...report.protocols.map(robustnessClaim),
    ],
  }
}

/** The difference without noise; as several models are compared, its interval is over pictures and training seeds. */
function accuracyDifference({ protocols }: RobustnessReport) {
  const [{ curves, comparisons }] = protocols as [RobustnessReport['protocols'][number]]
  const clean = comparisons.find(({ level }) => level === null)!
  const [pure, resnet] = curves.map((curve) => curve.clean.accuracy.perModel)
  return {
    difference: clean.difference,
    interval: clean.interval,
    perSeed: pure!.map((accuracy, seed) => accuracy - resnet![seed]!),
  }
}
