import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHalf, toHalf } from '../../src/model/half.ts'

describe('half precision', () => {
  it('keeps each of the 63,488 finite halves', () => {
    const finite = Uint16Array.from({ length: 65536 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    )
    expect(finite).toHaveLength(63_488)
    expect(toHalf(fromHalf(finite), 'all')).toEqual(finite)
  })

  it.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [2 ** -14, 0x0400],
    [1023 * 2 ** -24, 0x03ff],
    [2 ** -24, 0x0001],
    [0.1, 0x2e66],
    [1 / 3, 0x3555],
    // Ties go to the even neighbour: 1 + 2⁻¹¹ down, 1 + 3·2⁻¹¹ up, 2⁻²⁵ to 0, 3·2⁻²⁵ to 2·2⁻²⁴.
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 ** -25, 0x0000],
    [-(2 ** -25), 0x8000],
    [3 * 2 ** -25, 0x0002],
    [2 ** -25 * 1.001, 0x0001],
    [1e-30, 0x0000],
    [-0, 0x8000],
  ])('of %d is 0x%s (NumPy)', (number, bits) => {
    expect(toHalf(Float32Array.of(number), 'one')[0]).toBe(bits)
  })

  it('is the nearest there is', () => {
    fc.assert(
      fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (number) => {
        const [bits] = toHalf(Float32Array.of(number), 'one')
        const error = Math.abs(fromHalf(Uint16Array.of(bits!))[0]! - number)
        for (const neighbour of [bits! - 1, bits! + 1]) {
          if (neighbour < 0 || (neighbour & 0x7c00) === 0x7c00) continue
          expect(error).toBeLessThanOrEqual(Math.abs(fromHalf(Uint16Array.of(neighbour))[0]! - number))
        }
      }),
    )
  })

  it.each([65520, -1e6, Number.POSITIVE_INFINITY, Number.NaN])('refuses %d', (number) => {
    expect(() => toHalf(Float32Array.of(0, number), 'classifier.weight')).toThrow(
      /Value 1 of classifier\.weight.*65504/,
    )
  })
})
