import { describe, expect, it } from 'vitest'
import type { ProtocolReport } from '../../src/robustness/index.ts'
import { accuracyClaim, convergenceClaim, robustnessClaim } from '../../src/study/verdicts.ts'

describe('verdicts', () => {
  it.each([
    [0.02, [0.01, 0.03], 'supported'],
    [0.02, [-0.001, 0.04], 'not supported at this scale'],
    [-0.02, [-0.03, -0.01], 'not supported at this scale'],
  ] as const)('on accuracy: a difference of %f within %j is %s', (difference, interval, verdict) => {
    expect(accuracyClaim({ difference, interval, perSeed: [difference] }).verdict).toBe(verdict)
  })

  it('on convergence asks for more than twice as fast, both at one rate and at the best', () => {
    const pairs = (pure: number, resnet: number) => [{ pure, resnet }]
    expect(convergenceClaim(pairs(2, 5), pairs(2, 6)).verdict).toBe('supported')
    expect(convergenceClaim(pairs(2, 5), pairs(3, 6)).verdict).toBe('not supported at this scale')
    expect(convergenceClaim(pairs(5, 5), pairs(2, 6)).because).toContain('1.00 times')
    expect(convergenceClaim(pairs(2, 5), null).verdict).toBe('not tested')
  })

  /** A protocol of three levels: relative accuracies of two seeds of both networks, and corrected p-values. */
  function protocol(pure: number[][], resnet: number[][], p: number[], meanCorruptionError: number) {
    const curve = (levels: number[][]) => ({
      clean: { accuracy: { perModel: [1, 1] } },
      levels: levels.map((perModel) => ({ accuracy: { perModel } })),
      meanCorruptionError,
    })
    return {
      protocol: 'counts',
      levels: [3, 2, 1],
      curves: [curve(pure), curve(resnet)],
      comparisons: p.map((corrected, at) => ({
        against: 1,
        level: 3 - at,
        difference: pure[at]![0]! - resnet[at]![0]!,
        mcnemar: { corrected, onlyFirst: 60, onlyOther: 10 },
      })),
    } as unknown as ProtocolReport
  }
  const better = [
    [0.9, 0.8],
    [0.7, 0.6],
    [0.2, 0.2],
  ]
  const worse = [
    [0.8, 0.7],
    [0.6, 0.5],
    [0.3, 0.3],
  ]

  it('on robustness asks for most levels, every seed, a test and the mean corruption error', () => {
    expect(robustnessClaim(protocol(better, worse, [0.01, 0.02, 1], 90)).verdict).toBe('supported')
    const refused = 'not supported at this scale'
    expect(robustnessClaim(protocol(better, worse, [0.01, 0.2, 1], 90)).verdict).toBe(refused)
    expect(robustnessClaim(protocol(better, worse, [0.01, 0.02, 1], 101)).verdict).toBe(refused)
    const otherWay = protocol(better, worse, [0.01, 0.02, 1], 90)
    const swapped = otherWay.comparisons.map((each) => ({
      ...each,
      mcnemar: { ...each.mcnemar, onlyFirst: 10, onlyOther: 60 },
    }))
    expect(robustnessClaim({ ...otherWay, comparisons: swapped }).verdict).toBe(refused)
    const onlyOneSeed = [[0.9, 0.6], ...better.slice(1)]
    expect(robustnessClaim(protocol(onlyOneSeed, worse, [0.01, 0.02, 1], 90)).verdict).toBe(refused)
  })
})
