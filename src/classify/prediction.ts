/** What a model says of one picture. */
export interface Prediction {
  /** One a class, in the order of `Classifier.classes`; 0 to 1, sum 1. */
  readonly probabilities: Float64Array
  /** Index of the most probable class, its slug and its probability. */
  readonly label: number
  readonly slug: string
  readonly confidence: number
  /** −Σ p·ln p in nats: 0 when certain, ln(classes) when every class is as likely. */
  readonly entropy: number
}

/** @param slugs of the classes, in the order of the probabilities */
export function summarise(probabilities: Float64Array, slugs: readonly string[]): Prediction {
  let label = 0
  let entropy = 0
  for (const [index, probability] of probabilities.entries()) {
    if (probability > probabilities[label]!) label = index
    if (probability > 0) entropy -= probability * Math.log(probability)
  }
  return { probabilities, label, slug: slugs[label]!, confidence: probabilities[label]!, entropy }
}
