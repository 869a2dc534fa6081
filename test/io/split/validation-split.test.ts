import { describe, expect, it } from 'vitest'
import { type SplitSource, validationSplit } from '../../../src/io/index.ts'

const length = 400
/** Two classes; rows 2k and 2k + 1 share a position. */
const source: SplitSource = {
  length,
  labels: Int32Array.from({ length }, (_, row) => (row < 300 ? 0 : 1)),
  ra: Float64Array.from({ length }, (_, row) => row >> 1),
  dec: new Float64Array(length),
}

describe('validationSplit', () => {
  it('sets a fraction of the rows at hand aside, by class and by group', () => {
    const rows = Array.from({ length: 200 }, (_, index) => 399 - index)
    const { train, val } = validationSplit(source, rows, { fraction: 0.2, seed: 1 })
    expect([...train, ...val].sort((a, b) => a - b)).toEqual([...rows].reverse())
    expect([...val].filter((row) => row < 300)).toHaveLength(20)
    expect([...val].filter((row) => row >= 300)).toHaveLength(20)
    const held = new Set(val)
    for (const row of rows) expect(held.has(row)).toBe(held.has(row ^ 1))
  })

  it('takes all rows where none are named', () => {
    const { train, val } = validationSplit(source, undefined, { fraction: 0.1, seed: 1 })
    expect(train.length + val.length).toBe(length)
    expect(val).toHaveLength(40)
  })

  it('does not depend on the order in which the rows are named', () => {
    const options = { fraction: 0.2, seed: 3 }
    expect(validationSplit(source, [9, 5, 1, 3, 7, 300], options)).toEqual(
      validationSplit(source, [1, 3, 5, 7, 9, 300], options),
    )
  })

  it.each([
    ['a fraction of 0', [1, 2, 3], 0, 'split.fraction'],
    ['a fraction of 1', [1, 2, 3], 1, 'split.fraction'],
    ['no rows', [], 0.5, 'split.empty'],
    ['a single group', [0, 1], 0.5, 'split.empty'],
  ])('refuses %s', (_, rows, fraction, code) => {
    expect(() => validationSplit(source, rows, { fraction, seed: 1 })).toThrow(
      expect.objectContaining({ code }),
    )
  })
})
