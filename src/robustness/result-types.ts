import type { Interval } from '../train/evaluation-types.ts'

/** Accuracy at one level of noise (or without any). */
export interface LevelResult {
  /** Null: the pictures as they are. */
  readonly level: number | null
  /** Mean over the noise seeds of the accuracy over pictures with an exact label. */
  readonly accuracy: number
  /** 95 % interval over the noise seeds (Student's t); null for a single seed, or without noise. */
  readonly interval: Interval | null
  /** One accuracy a seed. */
  readonly perSeed: readonly number[]
  /** Accuracy divided by that of the pictures as they are; null where that is 0. */
  readonly relativeAccuracy: number | null
  /** Expected calibration error, mean over the seeds. */
  readonly ece: number
}

/** One model under noise. */
export interface ModelRobustness {
  readonly model: string
  readonly clean: LevelResult
  readonly levels: readonly LevelResult[]
}

/** Paired comparison of the model with the second one at one level. */
export interface PairedLevel {
  readonly level: number | null
  /** accuracy(model) − accuracy(against), mean over the seeds. */
  readonly difference: number
  readonly interval: Interval | null
  /** McNemar's exact test on the predictions of the first seed: pictures that only one of the two gets right. */
  readonly mcnemar: { readonly onlyModel: number; readonly onlyAgainst: number; readonly p: number }
}

/** What {@link testRobustness} returns; `results.json` of `puregalaxy robustness`. */
export interface RobustnessResult {
  readonly protocol: string
  readonly unit: string
  readonly data: { readonly path: string; readonly hash: string }
  /** Pictures with an exact label. */
  readonly n: number
  readonly seeds: readonly number[]
  readonly model: ModelRobustness
  readonly against: ModelRobustness | null
  readonly paired: readonly PairedLevel[] | null
  /**
   * Mean corruption error in percent (Hendrycks and Dietterich 2019): Σ error(model) / Σ error(against) over the levels;
   * below 100 the model errs less than the second. Null without a second model, or where that never errs.
   */
  readonly meanCorruptionError: number | null
  readonly seconds: number
}
