import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openSplitSource, type SplitSource, splitDataset } from '../../../src/io/index.ts'
import { groupRows } from '../../../src/io/split/index.ts'
import { RandomStream } from '../../../src/random/index.ts'
import { GALAXY10_DECALS } from '../../../src/survey/galaxy10.ts'
import { realData } from '../../data.ts'

const coordinates = realData('galaxy10', 'galaxy10-decals-coordinates.csv')

/** Objects of the file in each class, in the order of the classes: what the file's own order stands for. */
const GALAXY10_COUNTS = [1081, 1853, 2645, 2027, 334, 2043, 1829, 2628, 1423, 1873]

function labelled(
  counts: readonly number[],
  position?: (row: number) => readonly [number, number],
): SplitSource {
  const labels = Int32Array.from(counts.flatMap((count, label) => Array<number>(count).fill(label)))
  const at = position && Array.from(labels, (_, row) => position(row))
  return {
    length: labels.length,
    labels,
    classes: GALAXY10_DECALS,
    ra: at && Float64Array.from(at, ([ra]) => ra),
    dec: at && Float64Array.from(at, ([, dec]) => dec),
  }
}

const sorted = (rows: readonly number[]) => [...rows].sort((a, b) => a - b)

describe('splitDataset', () => {
  it.skipIf(!coordinates)(
    'finds the 17,504 groups and 59 duplicates of Galaxy10 DECaLS (real coordinates)',
    async () => {
      const source = await openSplitSource(coordinates!)
      const split = splitDataset(source, { test: 0.1, seed: 1 })
      expect(split).toMatchObject({ length: 17736, groups: 17504, duplicatePositions: 59, groupRadius: 67 })
      expect(split.test).toHaveLength(1774)
      expect(split.train).toHaveLength(17736 - 1774)
      expect(split.counts.test).toMatchObject({ total: 1774, unlabelled: 1774 })
    },
  )

  it.skipIf(!coordinates)(
    'keeps every group of Galaxy10 whole and every class within a row of its tenth (real coordinates)',
    async () => {
      const { ra, dec } = await openSplitSource(coordinates!)
      const source = { ...labelled(GALAXY10_COUNTS), ra, dec }
      const split = splitDataset(source, { test: 0.1, val: 0.1, seed: 5 })
      const { groupOf } = groupRows(source, 67)
      const groupsOf = (rows: readonly number[]) => new Set(rows.map((row) => groupOf[row]!))
      const [train, val, test] = [groupsOf(split.train), groupsOf(split.val!), groupsOf(split.test)]
      expect(train.size + val.size + test.size).toBe(17504)
      GALAXY10_DECALS.slugs.forEach((slug, label) => {
        expect(
          Math.abs(split.counts.test!.classes[slug]! - GALAXY10_COUNTS[label]! / 10),
        ).toBeLessThanOrEqual(1)
        expect(Math.abs(split.counts.val!.classes[slug]! - GALAXY10_COUNTS[label]! / 10)).toBeLessThanOrEqual(
          1.2,
        )
      })
      // Groups of several must have the chances of any other: a tenth of about 226, five standard deviations.
      const several = [...test].filter((group) => groupOf.indexOf(group) !== groupOf.lastIndexOf(group))
      expect(Math.abs(several.length - 22.6)).toBeLessThan(5 * 4.5)
    },
  )

  it('never divides a group, uses every row once, and keeps classes within the largest group', () => {
    const groupSizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 12, maxLength: 60 })
    fc.assert(
      fc.property(groupSizes, fc.nat(1000), fc.integer({ min: 1, max: 3 }), (sizes, seed, classes) => {
        const groupOf = sizes.flatMap((size, group) => Array<number>(size).fill(group))
        const source: SplitSource = {
          length: groupOf.length,
          // A group has one class, so that the fractions can be met.
          labels: Int32Array.from(groupOf, (group) => group % classes),
          classes: GALAXY10_DECALS,
          ra: Float64Array.from(groupOf, (group, row) => group + (row % 5) / 400),
          dec: Float64Array.from(groupOf, () => 40),
        }
        const split = splitDataset(source, { test: 0.4, seed })
        expect(split.groups).toBe(sizes.length)
        expect(sorted([...split.train, ...split.test])).toEqual([...groupOf.keys()])
        const trained = new Set(split.train.map((row) => groupOf[row]))
        expect(split.test.some((row) => trained.has(groupOf[row]))).toBe(false)
        for (let label = 0; label < classes; label++) {
          const ofClass = sizes.filter((_, group) => group % classes === label)
          const tested = split.test.filter((row) => source.labels![row] === label).length
          const exact = 0.4 * ofClass.reduce((sum, size) => sum + size)
          expect(Math.abs(tested - exact)).toBeLessThanOrEqual(Math.max(...ofClass) + 1)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('keeps pairs with two labels together, and the classes still in proportion', () => {
    // Rows 0 to 59 are class 0, each listed again as class 1, as Galaxy10's duplicates are.
    const source = labelled([300, 300], (row) => [(row % 300 < 60 ? row % 300 : row) / 2, 10])
    const split = splitDataset(source, { test: 0.2, seed: 3 })
    const test = new Set(split.test)
    for (let row = 0; row < 60; row++) expect(test.has(row)).toBe(test.has(row + 300))
    expect(split.duplicatePositions).toBe(60)
    expect(split.counts.test!.classes).toMatchObject({ disturbed: 60, merging: 60 })
  })

  it('gives the same rows for the same seed, and others for another', () => {
    const source = labelled([50, 50])
    const test = (seed: number) => splitDataset(source, { test: 0.2, seed }).test
    expect(test(4)).toEqual(test(4))
    expect(test(4)).not.toEqual(test(5))
  })

  it('gives every row the same chance of being tested', () => {
    const source = labelled([40, 10])
    const times = new Float64Array(50)
    for (let seed = 0; seed < 2000; seed++)
      for (const row of splitDataset(source, { test: 0.2, seed }).test) times[row]!++
    // Binomial: 400 of 2000, standard deviation 18; five of them.
    for (const count of times) expect(Math.abs(count - 400)).toBeLessThan(90)
  })

  it('fills a tenth from a thousand classes of four', () => {
    const labels = Int32Array.from({ length: 4000 }, (_, row) => row >> 2)
    const split = splitDataset({ length: 4000, labels }, { test: 0.1, seed: 1 })
    expect(split.test).toHaveLength(400)
    expect(new Set(split.test.map((row) => labels[row])).size).toBe(400)
  })

  it('stratifies partial labels by the classes that they admit', () => {
    const allowed = Uint16Array.from({ length: 100 }, (_, row) =>
      row < 40 ? 0b11100 : row < 60 ? 0 : 1 << 5,
    )
    const labels = Int32Array.from(allowed, (mask) => (mask === 1 << 5 ? 5 : -1))
    const { counts } = splitDataset(
      { length: 100, labels, allowed, classes: GALAXY10_DECALS },
      { test: 0.5, seed: 2 },
    )
    for (const subset of [counts.train!, counts.test!]) {
      expect(subset.partial).toEqual({ 'round_smooth|in_between_round_smooth|cigar_shaped_smooth': 20 })
      expect(subset.classes.barred_spiral).toBe(20)
      expect(subset.unlabelled).toBe(10)
    }
  })

  it('lets rows without a position stand alone', () => {
    const source = { ...labelled([6, 6], () => [10, 10]) }
    source.ra!.fill(Number.NaN, 0, 10)
    source.dec!.fill(Number.NaN, 0, 10)
    const split = splitDataset(source, { test: 0.3, seed: 1 })
    expect(split).toMatchObject({ groups: 11, withoutPosition: 10, duplicatePositions: 1 })
  })

  it('has no radius where there are no positions', () => {
    expect(splitDataset(labelled([5, 5]), { test: 0.2 })).toMatchObject({ groups: 10, groupRadius: null })
  })

  it.each([
    [
      'a position with half of it missing',
      { ...labelled([2, 2], (row) => [row, row === 2 ? Number.NaN : 0]) },
      { test: 0.5 },
      'sky.coordinates',
      /Row 2/,
    ],
    ['no fraction for the test', labelled([9]), { test: 0 }, 'split.fraction', /test is 0/],
    ['all for the test', labelled([9]), { test: 1 }, 'split.fraction', /test is 1/],
    ['a fraction that is no number', labelled([9]), { test: Number.NaN }, 'split.fraction', /NaN/],
    ['nothing left to train on', labelled([9]), { test: 0.5, val: 0.5 }, 'split.fraction', /leave nothing/],
    ['no rows', labelled([0]), { test: 0.5 }, 'split.empty', /0 rows/],
    [
      'one group for all',
      labelled([9], () => [1, 1]),
      { test: 0.2 },
      'split.empty',
      /9 rows in 1 groups.*test/,
    ],
    ['too few rows', labelled([4]), { test: 0.1 }, 'split.empty', /test would be empty/],
    ['a negative seed', labelled([9]), { test: 0.2, seed: -1 }, 'random.seed', /-1/],
    ['a negative radius', labelled([9], () => [1, 1]), { test: 0.2, groupRadius: -1 }, 'sky.radius', /-1/],
  ])('refuses %s', (_, source, options, code, message) => {
    expect(() => splitDataset(source, options)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })

  it('splits two hundred thousand rows in seconds of the processor', () => {
    const stream = new RandomStream(1)
    const length = 200_000
    const source: SplitSource = {
      length,
      ra: Float64Array.from({ length }, () => 360 * stream.uniform()),
      dec: Float64Array.from({ length }, () => 180 * stream.uniform() - 90),
      labels: Int32Array.from({ length }, () => stream.integer(10)),
    }
    const before = process.cpuUsage()
    expect(splitDataset(source, { test: 0.1, seed: 1 }).test.length).toBeGreaterThan(19_990)
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(10)
  })
})
