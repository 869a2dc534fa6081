import type { EpochSummary } from '../train/index.ts'

/** How soon a run comes close to where it ends. */
export interface Convergence {
  /** Validation accuracy after the last epoch, 0 to 1. */
  readonly final: number
  /** The first epoch, from 1, and the seconds of the run until then, within half a point of it. */
  readonly epochs: number
  readonly seconds: number
}

/** Half a percentage point. */
export const CLOSE = 0.005

const accuracyOf = ({ validation }: EpochSummary) => validation!.accuracy ?? validation!.score

/**
 * @param epochs lines of kind `epoch` of metrics.ndjson, in order, all with validation
 */
export function convergenceOf(epochs: readonly EpochSummary[]): Convergence {
  const final = accuracyOf(epochs.at(-1)!)
  const { epoch, seconds } = epochs.find((each) => accuracyOf(each) >= final - CLOSE)!
  return { final, epochs: epoch, seconds }
}

/** The first epoch, from 1, whose validation accuracy is at least `target`; null where none is. */
export function epochsTo(epochs: readonly EpochSummary[], target: number): number | null {
  return epochs.find((each) => accuracyOf(each) >= target)?.epoch ?? null
}
