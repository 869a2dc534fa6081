import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../src/random/index.ts'
import { bootstrapInterval, quantile } from '../../src/train/bootstrap.ts'
import { admittedLosses, fitTemperature } from '../../src/train/calibration.ts'
import {
  argMaxRows,
  classFigures,
  confusionCounts,
  expectedCalibrationError,
  logSoftmaxRows,
  macroF1,
  median,
  probabilityFigures,
  softmaxRows,
  topAccuracy,
} from '../../src/train/metrics.ts'

// Truth and predictions of nine pictures, classes 0 to 3; class 3 never occurs but is predicted once.
const LABELS = [0, 0, 0, 0, 1, 1, 1, 2, 2]
const PREDICTIONS = [0, 0, 1, 3, 1, 1, 0, 2, 2]

describe('classFigures', () => {
  const confusion = confusionCounts(LABELS, PREDICTIONS, 4)

  it('counts truth by row and prediction by column', () => {
    expect([...confusion]).toEqual([2, 1, 0, 1, 1, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0])
  })

  it('gives recall and precision by hand, null where there is nothing to divide by', () => {
    const { recall, precision, support } = classFigures(confusion, 4, LABELS)
    expect(recall).toEqual([0.5, 2 / 3, 1, null])
    expect(precision).toEqual([2 / 3, 2 / 3, 1, 0])
    expect(support).toEqual([4, 3, 2, 0])
    expect(classFigures(confusionCounts([0, 1], [0, 0], 3), 3, [0, 1]).precision).toEqual([0.5, null, null])
  })

  it('averages F1 over the classes that occur: (4/7 + 2/3 + 1)/3', () => {
    const expected = (4 / 7 + 2 / 3 + 1) / 3
    expect(classFigures(confusion, 4, LABELS).macroF1).toBeCloseTo(expected, 12)
    expect(macroF1(LABELS, PREDICTIONS, 4, [0, 1, 2, 3, 4, 5, 6, 7, 8])).toBeCloseTo(expected, 12)
  })

  it('has no macro-F1 of nothing', () => {
    expect(classFigures(new Uint32Array(9), 3, []).macroF1).toBeNull()
  })
})

describe('probabilities', () => {
  it('are a softmax that neither over- nor underflows', () => {
    const probabilities = softmaxRows([1000, 1000, -1000, 0, Math.log(3), 0], 3)
    expect([...probabilities.subarray(0, 3)]).toEqual([0.5, 0.5, 0])
    expect(probabilities[4]).toBeCloseTo(0.6, 12)
    expect(logSoftmaxRows([0, 800], 2)[0]).toBe(-800)
  })

  it('soften with the temperature', () => {
    expect(softmaxRows([2, 0], 2, 2)[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 12)
  })

  it('rank the label: top-1 and top-2, the lower class first of equals', () => {
    const values = [3, 2, 1, 1, 1, 0, 0, 5, 9]
    expect([...argMaxRows(values, 3)]).toEqual([0, 0, 2])
    expect(topAccuracy(values, [1, 1, 2], 3, 1)).toBeCloseTo(1 / 3, 12)
    expect(topAccuracy(values, [1, 1, 2], 3, 2)).toBe(1)
  })

  it('have the calibration error, log loss and Brier score of a hand-made case', () => {
    // Two pictures of confidence 0.8 (one right), two of 0.6 (both right): |1 − 1.6|/4 + |2 − 1.2|/4.
    const logits = [0.8, 0.8, 0.6, 0.6].flatMap((p) => [Math.log(p), Math.log(1 - p)])
    const figures = probabilityFigures(logits, [0, 1, 0, 0], 2)
    expect(figures.ece).toBeCloseTo(0.6 / 4 + 0.8 / 4, 12)
    const losses = [0.8, 0.2, 0.6, 0.6].map((p) => -Math.log(p))
    expect(figures.logLoss.mean).toBeCloseTo(losses.reduce((a, b) => a + b) / 4, 12)
    expect(figures.logLoss.median).toBeCloseTo(-Math.log(0.6), 12)
    expect(figures.brier).toBeCloseTo((2 * 0.2 ** 2 + 2 * 0.8 ** 2 + 2 * 2 * 0.4 ** 2) / 4, 12)
  })

  it('put a confidence of 1 into the last bin', () => {
    expect(expectedCalibrationError([1, 1], [1, 0])).toBeCloseTo(0.5, 12)
  })
})

it('counts rows that are not finite as missed, label 0 included', () => {
  const logits = [Number.NaN, Number.NaN, 2, 0, Number.POSITIVE_INFINITY, 0, 0, Number.NaN]
  const labels = [0, 0, 0, 0]
  const predictions = argMaxRows(logits, 2)
  expect([...predictions]).toEqual([-1, 0, -1, -1])
  expect([...confusionCounts(labels, predictions, 2)]).toEqual([1, 0, 0, 0])
  const figures = classFigures(confusionCounts(labels, predictions, 2), 2, labels)
  expect(figures).toMatchObject({ recall: [0.25, null], support: [4, 0], macroF1: 2 / 5 })
  expect(macroF1(labels, predictions, 2, [0, 1, 2, 3])).toBe(2 / 5)
  expect(topAccuracy([Number.NaN, 0, 0], [0], 3, 2)).toBe(0)
  const confidence = 1 / (1 + Math.exp(-2))
  expect(probabilityFigures(logits, labels, 2).ece).toBeCloseTo((3 + 1 - confidence) / 4, 12)
})

it('median: the middle one, or the mean of the middle two', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(median([])).toBeNaN()
})

describe('bootstrapInterval', () => {
  const hits = Array.from({ length: 200 }, (_, i) => (i % 4 === 0 ? 0 : 1))
  const share = (sample: Uint32Array) => sample.reduce((sum, i) => sum + hits[i]!, 0) / sample.length

  it('is the same for the same seed, and another for another', () => {
    expect(bootstrapInterval(200, share, 200, 5)).toEqual(bootstrapInterval(200, share, 200, 5))
    expect(bootstrapInterval(200, share, 200, 5)).not.toEqual(bootstrapInterval(200, share, 200, 6))
  })

  it('is near the normal approximation for a share of 0.75 of 200: ± 0.060', () => {
    const [low, high] = bootstrapInterval(200, share, 4000, 1)
    expect(low).toBeCloseTo(0.75 - 0.06, 1.9)
    expect(high).toBeCloseTo(0.75 + 0.06, 1.9)
  })

  it("takes quantiles as NumPy's default does", () => {
    expect(quantile(Float64Array.of(1, 2, 4, 8), 0.4)).toBeCloseTo(2.4, 12)
    expect(quantile(Float64Array.of(5), 0.975)).toBe(5)
  })
})

describe('fitTemperature', () => {
  const CLASSES = 4

  /** Labels drawn from the softmax of random logits: by construction those are calibrated. */
  function calibrated(count: number, spread: number): { logits: Float32Array; masks: Uint8Array } {
    const stream = new RandomStream(3)
    const logits = Float32Array.from({ length: count * CLASSES }, () => spread * stream.normal())
    const probabilities = softmaxRows(logits, CLASSES)
    const masks = new Uint8Array(logits.length)
    for (let row = 0; row < count; row++) {
      let rest = stream.uniform()
      let k = 0
      while (k < CLASSES - 1 && rest >= probabilities[row * CLASSES + k]!)
        rest -= probabilities[row * CLASSES + k++]!
      masks[row * CLASSES + k] = 1
    }
    return { logits, masks }
  }

  it('finds the factor by which logits were made overconfident, to 5 %', () => {
    const { logits, masks } = calibrated(8000, 1.5)
    expect(Math.abs(fitTemperature(logits, masks, CLASSES)! - 1)).toBeLessThan(0.05)
    const factor = 2.5
    const temperature = fitTemperature(
      logits.map((value) => value * factor),
      masks,
      CLASSES,
    )
    expect(Math.abs(temperature! / factor - 1)).toBeLessThan(0.05)
  })

  it('uses partial labels too: admitting every class leaves nothing to fit', () => {
    const { logits, masks } = calibrated(2000, 1.5)
    const wide = masks.map(() => 1)
    expect(fitTemperature(logits, wide, CLASSES)).toBeNull()
    expect(fitTemperature(new Float32Array(), new Uint8Array(), CLASSES)).toBeNull()
  })

  it('leaves out rows that are not finite', () => {
    const { logits, masks } = calibrated(2000, 1.5)
    const lost = Float32Array.of(...logits, Number.NaN, 0, 0, 0, Number.POSITIVE_INFINITY, 0, 0, 0)
    const lostMasks = Uint8Array.of(...masks, 1, 0, 0, 0, 0, 1, 0, 0)
    expect(fitTemperature(lost, lostMasks, CLASSES)).toBe(fitTemperature(logits, masks, CLASSES))
  })

  it('is null where the smallest loss is at a bound: every prediction right, or every one wrong', () => {
    expect(fitTemperature(Float32Array.of(1, 0, 0, 1), Uint8Array.of(1, 0, 0, 1), 2)).toBeNull()
    expect(fitTemperature(Float32Array.of(1, 0, 0, 1), Uint8Array.of(0, 1, 1, 0), 2)).toBeNull()
  })

  it('sums the probability of the admitted classes', () => {
    const [loss] = admittedLosses([0, 0, 0, 0], Uint8Array.of(1, 0, 1, 0), 4)
    expect(loss).toBeCloseTo(Math.LN2, 12)
  })
})
