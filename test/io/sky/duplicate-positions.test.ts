import { describe, expect, it } from 'vitest'
import { duplicatePositions } from '../../../src/io/sky/index.ts'

describe('duplicatePositions', () => {
  it('lists the rows of every position that is there more than once', () => {
    expect(duplicatePositions({ ra: [10, 20, 10, 30, 20, 10], dec: [5, 5, 5, 5, 5, 5] })).toEqual([
      [0, 2, 5],
      [1, 4],
    ])
  })

  it('recognises a position that went through single precision', () => {
    const [ra, dec] = [331.66405522483547, -0.4841546865670835]
    expect(duplicatePositions({ ra: [ra, Math.fround(ra)], dec: [dec, Math.fround(dec)] })).toEqual([[0, 1]])
  })

  it('tells objects two arcseconds apart from each other, unless asked not to', () => {
    const positions = { ra: [10, 10], dec: [0, 2 / 3600] }
    expect(duplicatePositions(positions)).toEqual([])
    expect(duplicatePositions(positions, { tolerance: 3 })).toEqual([[0, 1]])
  })
})
