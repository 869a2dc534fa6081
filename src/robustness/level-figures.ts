import type { Interval } from '../train/evaluation-types.ts'
import {
  CALIBRATION_BINS,
  classFigures,
  confusionCounts,
  expectedCalibrationError,
} from '../train/metrics.ts'
import type { JudgedPictures } from './judged-pictures.ts'
import type { Pass } from './pass.ts'
import type { CalibrationBin, LevelFigures, Spread } from './report-types.ts'
import { mean, spread } from './statistics.ts'

/** One entry's passes at one level, `[model][seed]`, and those without noise, `[model]`. */
export interface LevelPasses {
  readonly level: number | null
  readonly passes: readonly (readonly Pass[])[]
  readonly clean: readonly Pass[]
}

/** The figures of one entry at one level; intervals are the caller's business. */
export function levelFigures(
  { level, passes, clean }: LevelPasses,
  pictures: JudgedPictures,
  intervals: { readonly accuracy: Interval; readonly relative: Interval | null },
): LevelFigures {
  const { labels, classes } = pictures
  const n = labels.length
  const perSeed = passes.map((seeds) => seeds.map((pass) => accuracyOf(pass, labels)))
  const all = passes.flat()
  const over = (figure: (pass: Pass, model: number) => number) =>
    mean(passes.flatMap((seeds, model) => seeds.map((pass) => figure(pass, model))))
  const accuracy = spread(perSeed.map(mean))
  const cleanAccuracy = mean(clean.map((pass) => accuracyOf(pass, labels)))
  const perClass = all.map(({ predictions }) =>
    classFigures(confusionCounts(labels, predictions.subarray(0, n), classes), classes, labels),
  )
  return {
    level,
    accuracy,
    interval: intervals.accuracy,
    perSeed,
    relativeAccuracy: cleanAccuracy > 0 ? accuracy.mean / cleanAccuracy : null,
    relativeInterval: intervals.relative,
    macroF1: mean(perClass.map(({ macroF1 }) => macroF1!)),
    recall: Array.from({ length: classes }, (_, k) =>
      perClass[0]!.recall[k] === null ? null : mean(perClass.map(({ recall }) => recall[k]!)),
    ),
    expectedCalibrationError: over((pass) => {
      const { confidences, predictions } = pass
      return expectedCalibrationError(confidences.subarray(0, n), hitsOf(predictions, labels))
    }),
    meanConfidence: over(({ confidences }) => mean([...confidences.subarray(0, n)].map((p) => p || 0))),
    agreement: over(({ predictions }, model) => agreementOf(predictions, clean[model]!.predictions, n)),
    admitted:
      pictures.masks.length === 0 ? null : over(({ predictions }) => admittedOf(predictions, pictures)),
    calibration: calibrationBins(all, labels),
  }
}

/** 1 where the prediction is the label, else 0; over the pictures with an exact label, which come first. */
export function hitsOf(predictions: ArrayLike<number>, labels: Int32Array): Float32Array {
  return Float32Array.from(labels, (label, at) => Number(predictions[at] === label))
}

export function accuracyOf({ predictions }: Pass, labels: Int32Array): number {
  return hitsOf(predictions, labels).reduce((sum, hit) => sum + hit, 0) / labels.length
}

/** Over the first `count` pictures; what is no prediction agrees with nothing. */
function agreementOf(predictions: Int32Array, clean: Int32Array, count: number): number {
  let same = 0
  for (let at = 0; at < count; at++) same += Number(predictions[at] === clean[at] && clean[at]! >= 0)
  return same / count
}

function admittedOf(predictions: Int32Array, { labels, masks, classes }: JudgedPictures): number {
  const count = masks.length / classes
  let admitted = 0
  for (let row = 0; row < count; row++) {
    const prediction = predictions[labels.length + row]!
    if (prediction >= 0) admitted += masks[row * classes + prediction]!
  }
  return admitted / count
}

function calibrationBins(passes: readonly Pass[], labels: Int32Array): CalibrationBin[] {
  const counts = new Float64Array(CALIBRATION_BINS)
  const confidence = new Float64Array(CALIBRATION_BINS)
  const hits = new Float64Array(CALIBRATION_BINS)
  let total = 0
  for (const { predictions, confidences } of passes) {
    for (let at = 0; at < labels.length; at++) {
      const sure = confidences[at]!
      total++
      if (Number.isNaN(sure)) continue
      const bin = Math.min(CALIBRATION_BINS - 1, Math.floor(sure * CALIBRATION_BINS))
      counts[bin]!++
      confidence[bin]! += sure
      hits[bin]! += Number(predictions[at] === labels[at])
    }
  }
  return Array.from(counts, (count, bin) => ({
    share: count / total,
    confidence: count === 0 ? null : confidence[bin]! / count,
    accuracy: count === 0 ? null : hits[bin]! / count,
  }))
}

/** Area under accuracy over the levels, the pictures as they are included: trapezoids of equal width, 0 to 1. */
export function accuracyArea(accuracies: readonly number[]): number {
  const inner = accuracies.slice(1, -1).reduce((sum, value) => sum + value, 0)
  return (accuracies[0]! / 2 + inner + accuracies.at(-1)! / 2) / (accuracies.length - 1)
}

/** The areas of an entry's models. @param levels clean first */
export function areaSpread(levels: readonly LevelFigures[]): Spread {
  const models = levels[0]!.accuracy.perModel.length
  return spread(
    Array.from({ length: models }, (_, model) =>
      accuracyArea(levels.map(({ accuracy }) => accuracy.perModel[model]!)),
    ),
  )
}
