import { describe, expect, it } from 'vitest'
import { Numbering } from '../../../src/robustness/report/page.ts'
import { summarySentences } from '../../../src/robustness/report/summary.ts'
import type { Comparison, EntryCurve, RobustnessReport } from '../../../src/robustness/report-types.ts'
import { sampleReport } from './sample-report.ts'

/** The summary of the first protocol with some accuracies, clean first, of two entries, and one comparison. */
async function summaryOf(accuracies: readonly (readonly number[])[], comparison: Partial<Comparison> = {}) {
  const report: RobustnessReport = await sampleReport({
    names: ['A', 'B', 'C'].slice(0, accuracies.length),
    levels: [60, 3],
    examples: 0,
  })
  const protocol = report.protocols[0]!
  const withAccuracies = (curve: EntryCurve, [clean, ...levels]: readonly number[]): EntryCurve => ({
    ...curve,
    clean: {
      ...curve.clean,
      accuracy: { ...curve.clean.accuracy, mean: clean! },
      interval: [clean! - 0.02, clean! + 0.02],
    },
    levels: curve.levels.map((figures, at) => ({
      ...figures,
      accuracy: { ...figures.accuracy, mean: levels[at]! },
      interval: [levels[at]! - 0.02, levels[at]! + 0.02],
    })),
  })
  return summarySentences(
    { report, labels: ['A', 'B'], numbering: new Numbering() },
    {
      ...protocol,
      curves: protocol.curves.map((curve, entry) => withAccuracies(curve, accuracies[entry]!)),
      comparisons: [{ ...protocol.comparisons[0]!, ...comparison }],
    },
  ).join('\n')
}

const HIGH = [
  [0.8, 0.7, 0.6],
  [0.7, 0.5, 0.3],
]
const tested = (onlyFirst: number, onlyOther: number, corrected: number) => ({
  mcnemar: { onlyFirst, onlyOther, p: corrected, corrected },
})

describe('the summary in words', () => {
  it('says which entry loses least, by how much, and that no test stands behind it', async () => {
    // A: 80 − (70 + 60)/2 = 15 points, 18.75 % of 80; B: 70 − 40 = 30 points, 42.9 % of 70.
    expect(await summaryOf(HIGH)).toMatch(
      /A loses least: A loses 15\.0 points, 18\.8\u00a0% of its accuracy without noise; B loses 30\.0 points, 42\.9\u00a0%.*No test stands behind this order\.$/m,
    )
  })

  it('tells points from shares where they disagree, and that who starts lowest has less to lose', async () => {
    // A loses 20 of 80 points, a quarter; B loses 15 of 30, a half.
    expect(
      await summaryOf([
        [0.8, 0.6, 0.6],
        [0.3, 0.15, 0.15],
      ]),
    ).toMatch(
      /B loses least in points and A as a share of its own accuracy:.*B starts lowest, and has less to lose\./,
    )
  })

  it('calls nobody the lowest who starts as high as another, or who gains', async () => {
    const even = [
      [0.5, 0.4, 0.4],
      [0.5, 0.3, 0.3],
    ]
    const gaining = [
      [0.4, 0.5, 0.5],
      [0.5, 0.5, 0.5],
    ]
    for (const curves of [even, gaining]) expect(await summaryOf(curves)).not.toContain('starts lowest')
    expect(await summaryOf(gaining)).toContain('A gains most: A gains 10.0 points, 25.0\u00a0%')
  })

  it('tells whose share is the smallest where all lose as many points', async () => {
    expect(
      await summaryOf([
        [0.8, 0.75, 0.75],
        [0.4, 0.35, 0.35],
      ]),
    ).toContain('all entries lose alike in points and A least as a share of its own accuracy: ')
    // 1.25 points each, which sums of floating-point numbers tell apart.
    expect(
      await summaryOf([
        [0.175, 0.1625, 0.1625],
        [0.2, 0.1875, 0.1875],
        [0.9, 0.5, 0.5],
      ]),
    ).toContain('A and B lose least in points and B as a share')
  })

  it('calls a gain that only its share shows a gain', async () => {
    expect(
      await summaryOf([
        [0.8, 0.8, 0.8],
        [0.02, 0.0202, 0.0202],
      ]),
    ).toContain('B gains 0.0 points, 1.0\u00a0% of its accuracy')
  })

  it('names all that lose as little, as it is printed, and gains by their name where shares disagree', async () => {
    expect(
      await summaryOf([
        [0.5, 0.47, 0.47],
        [0.5, 0.4701, 0.4701],
        [0.7, 0.5, 0.5],
      ]),
    ).toContain('A and B lose least: ')
    expect(
      await summaryOf([
        [0.5, 0.55, 0.55],
        [0.2, 0.24, 0.24],
      ]),
    ).toContain('A gains most in points and B as a share of its own accuracy: A gains 5.0 points')
  })

  it('claims a difference only where corrected p and interval agree', async () => {
    const yes = await summaryOf(HIGH, { difference: 0.1, interval: [0.06, 0.14], ...tested(50, 10, 0.001) })
    expect(yes).toContain('A is the more accurate without noise (+10.0 points, 6.0–14.0)')
    const other = await summaryOf(HIGH, {
      difference: -0.1,
      interval: [-0.14, -0.06],
      ...tested(10, 50, 0.001),
    })
    expect(other).toContain('B is the more accurate without noise (−10.0 points, −14.0 to −6.0)')
    const mixed = await summaryOf(HIGH, {
      difference: 0.1,
      interval: [-0.01, 0.14],
      ...tested(50, 10, 0.001),
    })
    expect(mixed).toContain('test and interval disagree without noise, and nothing is claimed there')
    expect(mixed).not.toContain('more accurate')
  })

  it('sees no difference from a corrected p of 0.05 on, and does not call that equality', async () => {
    const text = await summaryOf(HIGH, { difference: 0.1, interval: [0.06, 0.14], ...tested(50, 10, 0.05) })
    expect(text).toContain('no difference that this test can see')
    expect(text).toContain('This does not show that they are equal.')
    expect(text).not.toContain('more accurate')
  })

  it('says where an entry is not above always naming the commonest class', async () => {
    // The commonest class has 62 of 393 pictures, 15.8 %; the interval of 17 % begins at 15 %.
    const text = await summaryOf([
      [0.8, 0.5, 0.17],
      [0.7, 0.5, 0.3],
    ])
    expect(text).toMatch(
      /commonest class would reach \(15\.8\u00a0%\), as far as the intervals can tell: A at 3\.$/m,
    )
  })

  it('says so where it is not without noise either', async () => {
    const text = await summaryOf([
      [0.1, 0.17, 0.1],
      [0.7, 0.5, 0.3],
    ])
    expect(text).toMatch(/as the intervals can tell: A without noise and at 60 and 3\.$/m)
  })

  it('gives no share of an accuracy of 0, and calls a loss below 0 a gain', async () => {
    const text = await summaryOf([
      [0, 0.1, 0.1],
      [0.5, 0.52, 0.5],
    ])
    expect(text).toContain(
      'A gains most: A gains 10.0 points; B gains 1.0 points, 2.0\u00a0% of its accuracy',
    )
  })

  it('claims a share kept only where the test of relative accuracy says so', async () => {
    const kept = (difference: number, corrected: number): Partial<Comparison> => ({
      level: 60,
      relative: { difference, interval: [difference - 0.02, difference + 0.02], p: corrected, corrected },
    })
    expect(await summaryOf(HIGH, kept(0.05, 0.01))).toContain(
      'Of its own accuracy without noise, A against B: A keeps more at 60 (+5.0 points, 3.0–7.0).',
    )
    expect(await summaryOf(HIGH, kept(-0.05, 0.01))).toContain('A against B: B keeps more at 60 (−5.0 points')
    const unseen = await summaryOf(HIGH, kept(0.05, 0.06))
    expect(unseen).toContain('A keeps no other share than B at any level, as far as this test can see')
    expect(await summaryOf(HIGH, { level: null, relative: null })).not.toContain('Of its own accuracy')
  })
})
