import type { ProbabilityFigures } from './evaluation-types.ts'

/** Bins of the expected calibration error: 15 of equal width, as in Guo et al. 2017. */
export const CALIBRATION_BINS = 15

/** Index of the largest of each row; the first of equals. −1 where there is none: a NaN in the row, or no finite largest. @param values rows × columns */
export function argMaxRows(values: ArrayLike<number>, columns: number): Int32Array {
  const rows = values.length / columns
  const out = new Int32Array(rows)
  for (let row = 0; row < rows; row++) {
    let best = 0
    let defined = true
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column]!
      if (value > values[row * columns + best]!) best = column
      if (Number.isNaN(value)) defined = false
    }
    out[row] = defined && Number.isFinite(values[row * columns + best]!) ? best : -1
  }
  return out
}

/**
 * Log-probabilities of logits divided by a temperature, in float64.
 * @param logits rows × columns
 */
export function logSoftmaxRows(logits: ArrayLike<number>, columns: number, temperature = 1): Float64Array {
  const out = new Float64Array(logits.length)
  for (let start = 0; start < logits.length; start += columns) {
    let largest = Number.NEGATIVE_INFINITY
    for (let k = start; k < start + columns; k++) largest = Math.max(largest, logits[k]! / temperature)
    let total = 0
    for (let k = start; k < start + columns; k++) total += Math.exp(logits[k]! / temperature - largest)
    const logTotal = Math.log(total)
    for (let k = start; k < start + columns; k++) out[k] = logits[k]! / temperature - largest - logTotal
  }
  return out
}

/** Probabilities of logits divided by a temperature. @param logits rows × columns */
export function softmaxRows(logits: ArrayLike<number>, columns: number, temperature = 1): Float64Array {
  return logSoftmaxRows(logits, columns, temperature).map(Math.exp)
}

/** Median; NaN of nothing. The mean of the middle two of an even number. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Counts `[truth × classes + prediction]`; rows without a prediction (−1) are not in it. @param labels 0 to classes − 1 */
export function confusionCounts(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number,
): Uint32Array {
  const counts = new Uint32Array(classes * classes)
  for (let i = 0; i < labels.length; i++) {
    if (predictions[i]! >= 0) counts[labels[i]! * classes + predictions[i]!]!++
  }
  return counts
}

export interface ClassFigures {
  /** Null where the class does not occur. */
  readonly recall: (number | null)[]
  /** Null where the class is never predicted. */
  readonly precision: (number | null)[]
  readonly support: number[]
  /** Mean over the classes that occur of F1 = 2·hits/(occurrences + predictions); null when none occurs. */
  readonly macroF1: number | null
}

/**
 * Figures per class of a confusion matrix `[truth × classes + prediction]`.
 * @param labels of all pictures: those without a prediction, which the matrix lacks, count as missed
 */
export function classFigures(
  confusion: ArrayLike<number>,
  classes: number,
  labels: ArrayLike<number>,
): ClassFigures {
  const support = new Array<number>(classes).fill(0)
  for (let i = 0; i < labels.length; i++) support[labels[i]!]!++
  const predicted = new Array<number>(classes).fill(0)
  for (let truth = 0; truth < classes; truth++) {
    for (let prediction = 0; prediction < classes; prediction++) {
      predicted[prediction]! += confusion[truth * classes + prediction]!
    }
  }
  const hits = support.map((_, k) => confusion[k * classes + k]!)
  let sum = 0
  let present = 0
  for (let k = 0; k < classes; k++) {
    if (support[k] === 0) continue
    present++
    sum += (2 * hits[k]!) / (support[k]! + predicted[k]!)
  }
  return {
    recall: hits.map((hit, k) => (support[k]! > 0 ? hit / support[k]! : null)),
    precision: hits.map((hit, k) => (predicted[k]! > 0 ? hit / predicted[k]! : null)),
    support,
    macroF1: present > 0 ? sum / present : null,
  }
}

/**
 * Macro-F1 of a sample of the pictures, without the matrix: for bootstrapping over many classes.
 * @param sample indices into labels and predictions, with repetition
 */
export function macroF1(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number,
  sample: ArrayLike<number>,
): number {
  const seen = new Float64Array(classes)
  const predicted = new Float64Array(classes)
  const hits = new Float64Array(classes)
  for (let i = 0; i < sample.length; i++) {
    const truth = labels[sample[i]!]!
    const prediction = predictions[sample[i]!]!
    seen[truth]!++
    if (prediction >= 0) predicted[prediction]!++
    if (truth === prediction) hits[truth]!++
  }
  let sum = 0
  let present = 0
  for (let k = 0; k < classes; k++) {
    if (seen[k] === 0) continue
    present++
    sum += (2 * hits[k]!) / (seen[k]! + predicted[k]!)
  }
  return sum / present
}

/** Fraction of labels among the `k` largest of their row; of equals the lower class ranks first. NaN is a miss. */
export function topAccuracy(
  values: ArrayLike<number>,
  labels: ArrayLike<number>,
  columns: number,
  k: number,
): number {
  let hits = 0
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!
    const own = values[row * columns + label]!
    let rank = 0
    for (let column = 0; column < columns; column++) {
      const other = values[row * columns + column]!
      if (!(other <= own) || (other === own && column < label)) rank++
    }
    if (rank < k) hits++
  }
  return hits / labels.length
}

/**
 * Expected calibration error (Naeini et al. 2015; Guo et al. 2017): over 15 bins of equal width of the confidence, the mean
 * of |accuracy − mean confidence|, weighted by the pictures in the bin. A confidence that is NaN counts as the largest
 * error, 1.
 *
 * @param confidences probability of the predicted class, 0 to 1
 * @param correct 1 where the prediction is right, else 0
 */
export function expectedCalibrationError(confidences: ArrayLike<number>, correct: ArrayLike<number>): number {
  const gap = new Float64Array(CALIBRATION_BINS)
  let undefinedOnes = 0
  for (let i = 0; i < confidences.length; i++) {
    if (Number.isNaN(confidences[i]!)) {
      undefinedOnes++
      continue
    }
    const bin = Math.min(CALIBRATION_BINS - 1, Math.floor(confidences[i]! * CALIBRATION_BINS))
    gap[bin]! += correct[i]! - confidences[i]!
  }
  return gap.reduce((total, value) => total + Math.abs(value), undefinedOnes) / confidences.length
}

/**
 * Calibration error, log loss and Brier score.
 * @param logits rows × classes
 * @param labels exact, one a row, at least one
 */
export function probabilityFigures(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  temperature = 1,
): ProbabilityFigures {
  const logProbabilities = logSoftmaxRows(logits, classes, temperature)
  const predictions = argMaxRows(logits, classes)
  const confidences = Array.from(predictions, (k, row) =>
    k < 0 ? Number.NaN : Math.exp(logProbabilities[row * classes + k]!),
  )
  const correct = Array.from(predictions, (k, row) => (k === labels[row] ? 1 : 0))
  const losses = Float64Array.from(correct, (_, row) => -logProbabilities[row * classes + labels[row]!]!)
  let squares = 0
  for (let row = 0; row < labels.length; row++) {
    for (let k = 0; k < classes; k++) {
      const truth = k === labels[row] ? 1 : 0
      squares += (Math.exp(logProbabilities[row * classes + k]!) - truth) ** 2
    }
  }
  return {
    ece: expectedCalibrationError(confidences, correct),
    logLoss: { mean: losses.reduce((a, b) => a + b, 0) / losses.length, median: median(losses) },
    brier: squares / labels.length,
  }
}
