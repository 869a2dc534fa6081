/** Lower and upper end of a 95 % interval (percentiles of a seeded bootstrap over pictures). */
export type Interval = readonly [low: number, high: number]

/** Quality of the probabilities over pictures with an exact label. */
export interface ProbabilityFigures {
  /** Expected calibration error, 15 bins of equal width of the confidence (Guo et al. 2017). */
  readonly ece: number
  /** −log of the probability of the true class, in nats. The mean can rest on a few pictures; the median does not. */
  readonly logLoss: { readonly mean: number; readonly median: number }
  /** Sum over classes of the squared difference between probability and truth, mean over pictures; 0 to 2. */
  readonly brier: number
}

/** What {@link evaluate} returns; documented keys of `puregalaxy evaluate --json`. */
export interface Evaluation {
  readonly model: string
  readonly data: { readonly path: string; readonly hash: string }
  /** Slugs in the order of `recall`, `precision`, `support` and the confusion matrix. */
  readonly classes: readonly string[]
  /** Pictures with an exact label: all figures but those under `partial` are over them. */
  readonly n: number
  /** Null where n is 0, like every figure over exact labels below. */
  readonly accuracy: number | null
  readonly accuracyInterval: Interval | null
  /** Fraction whose label is among the five most probable classes; null for ten classes or fewer. */
  readonly top5: number | null
  /** Mean F1 over the classes that occur. */
  readonly macroF1: number | null
  readonly macroF1Interval: Interval | null
  readonly ece: number | null
  readonly logLoss: ProbabilityFigures['logLoss'] | null
  readonly brier: number | null
  /** Per class; null where the class does not occur. */
  readonly recall: readonly (number | null)[]
  /** Per class; null where the class is never predicted. */
  readonly precision: readonly (number | null)[]
  /** Pictures with an exact label, per class. */
  readonly support: readonly number[]
  /** `confusion[truth][prediction]`, counts. */
  readonly confusion: readonly (readonly number[])[]
  /** Temperature that the model's logits were divided by (1: not calibrated). */
  readonly temperature: number
  /** The same figures with temperature 1, or null where the model is not calibrated. */
  readonly uncalibrated: ProbabilityFigures | null
  /** Whether logits were averaged over the eight symmetries of the square. */
  readonly symmetries: boolean
  /** Pictures whose label admits several classes. A prediction is admitted when it is one of them. */
  readonly partial: {
    readonly n: number
    readonly admittedAccuracy: number | null
    readonly interval: Interval | null
  }
  /** Pictures left out because nothing is known of their class. */
  readonly unlabelled: number
  readonly seconds: number
}
