import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tabulatedStretch, UNSTRETCH_FACTORS } from '../../src/noise/stretch-tables.ts'
import { STRETCH, stretchFactor, unstretch } from '../../src/survey/index.ts'

describe('tables of the stretch', () => {
  it('undo it as unstretch does, to 1e-14, for every sum of channels', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    const { pedestal, scales } = STRETCH
    fc.assert(
      fc.property(byte, byte, byte, (red, green, blue) => {
        const factor = UNSTRETCH_FACTORS[red + green + blue]!
        const { g, r, z } = unstretch([red / 255, green / 255, blue / 255])
        expect(Math.abs((red * factor - pedestal) / scales.z - z[0]!)).toBeLessThan(1e-14)
        expect(Math.abs((green * factor - pedestal) / scales.r - r[0]!)).toBeLessThan(1e-14)
        expect(Math.abs((blue * factor - pedestal) / scales.g - g[0]!)).toBeLessThan(1e-14)
      }),
      { numRuns: 1000 },
    )
    expect(UNSTRETCH_FACTORS).toHaveLength(766)
  })

  it('apply it to within 1e-5 of full scale, from no light to far beyond the table', () => {
    let worst = 0
    // Steps that fall everywhere between the nodes.
    for (let sum = 1e-9; sum < 20; sum += 0.000_137_1) {
      // A channel is at most the sum.
      const error = (sum * Math.abs(tabulatedStretch(sum) - 255 * stretchFactor(sum / 3))) / 255
      worst = Math.max(worst, error)
    }
    expect(worst).toBeLessThan(1e-5)
    expect(worst).toBeGreaterThan(0)
  })

  it('return every 8-bit colour, clipped channels included', () => {
    const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 255))
    fc.assert(
      fc.property(byte, byte, byte, (red, green, blue) => {
        fc.pre(red + green + blue > 0)
        const t = [red, green, blue].map((value) => value * UNSTRETCH_FACTORS[red + green + blue]!)
        const stretch = tabulatedStretch(t[0]! + t[1]! + t[2]!)
        expect(t.map((value) => Math.round(value * stretch))).toEqual([red, green, blue])
      }),
      { numRuns: 1000 },
    )
  })
})
