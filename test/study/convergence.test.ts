import { describe, expect, it } from 'vitest'
import { convergenceOf, epochsTo } from '../../src/study/convergence.ts'
import type { EpochSummary } from '../../src/train/index.ts'

/** Epochs that took ten seconds each, with these validation accuracies. */
const history = (...accuracies: number[]) =>
  accuracies.map(
    (accuracy, at) =>
      ({
        kind: 'epoch',
        epoch: at + 1,
        seconds: 10 * (at + 1),
        validation: { accuracy, score: 0 },
      }) as EpochSummary,
  )

describe('convergenceOf', () => {
  it('is the first epoch within half a point of the last, though later ones fall back', () => {
    expect(convergenceOf(history(0.5, 0.796, 0.7, 0.81, 0.8))).toEqual({
      final: 0.8,
      epochs: 2,
      seconds: 20,
    })
  })

  it('is the last epoch of a run that rises to its end', () => {
    expect(convergenceOf(history(0.1, 0.2, 0.3)).epochs).toBe(3)
  })

  it('takes the score where no validation label is exact', () => {
    const [epoch] = history(0)
    const partial = { ...epoch!, validation: { ...epoch!.validation!, accuracy: null, score: 0.6 } }
    expect(convergenceOf([partial]).final).toBe(0.6)
  })
})

describe('epochsTo', () => {
  it('is the first epoch that reaches the target, or none', () => {
    expect(epochsTo(history(0.5, 0.7, 0.6), 0.6)).toBe(2)
    expect(epochsTo(history(0.5, 0.7), 0.8)).toBeNull()
  })
})
