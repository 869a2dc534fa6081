import { describe, expect, it } from 'vitest'
import { applySymmetry, SYMMETRIES } from '../../src/augment/index.ts'

const all = Array.from({ length: SYMMETRIES }, (_, symmetry) => symmetry)
const height = 3
const picture = Uint8Array.from({ length: height * height * 3 }, (_, index) => index * 7)

function seen(source: Uint8Array, symmetry: number): Uint8Array {
  const out = new Uint8Array(source.length)
  applySymmetry(source, out, height, height, symmetry)
  return out
}

const views = all.map((symmetry) => seen(picture, symmetry))
const numberOf = (view: Uint8Array) => views.findIndex((other) => Buffer.compare(view, other) === 0)
/** table[a][b]: the symmetry that equals a, then b. */
const table = all.map((a) => all.map((b) => numberOf(seen(views[a]!, b))))

describe('the symmetries of the square', () => {
  it('show eight different views of a picture without symmetry', () => {
    expect(views.map(numberOf)).toEqual(all)
  })

  it('are closed: one after another is again one of them, and every row and column has each once', () => {
    for (const symmetry of all) {
      expect(table[symmetry]!.toSorted((a, b) => a - b)).toEqual(all)
      expect(table.map((row) => row[symmetry]!).toSorted((a, b) => a - b)).toEqual(all)
    }
  })

  it('form the dihedral group: identity 0, five that undo themselves, two quarter turns, not commutative', () => {
    expect(table[0]).toEqual(all)
    const order = (symmetry: number) => {
      let steps = 1
      for (let at = symmetry; at !== 0; at = table[at]![symmetry]!) steps++
      return steps
    }
    expect(all.map(order).toSorted((a, b) => a - b)).toEqual([1, 2, 2, 2, 2, 2, 4, 4])
    expect(table[1]![4]).not.toBe(table[4]![1])
  })

  it('mirror a 2×3 picture as named, and transpose it to 3×2', () => {
    const pixels = (...values: number[]) =>
      Uint8Array.from(values.flatMap((value) => [value, value + 50, value + 100]))
    const source = pixels(1, 2, 3, 4, 5, 6)
    const expected = new Map([
      [0, pixels(1, 2, 3, 4, 5, 6)],
      [1, pixels(3, 2, 1, 6, 5, 4)],
      [2, pixels(4, 5, 6, 1, 2, 3)],
      [3, pixels(6, 5, 4, 3, 2, 1)],
      [4, pixels(1, 4, 2, 5, 3, 6)],
      [5, pixels(4, 1, 5, 2, 6, 3)],
      [6, pixels(3, 6, 2, 5, 1, 4)],
      [7, pixels(6, 3, 5, 2, 4, 1)],
    ])
    for (const [symmetry, view] of expected) {
      const out = new Uint8Array(18)
      applySymmetry(source, out, 2, 3, symmetry)
      expect(out).toEqual(view)
    }
  })
})
