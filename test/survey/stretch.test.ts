import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EMPTY_SKY, stretchToBytes, stretchToRgb, unstretch } from '../../src/survey/index.ts'

/** The definition, written out for one pixel: red from z × 2.2, green from r × 3.4, blue from g × 6.0. */
function byDefinition(g: number, r: number, z: number): number[] {
  const t = [z * 2.2 + 0.03, r * 3.4 + 0.03, g * 6.0 + 0.03]
  const intensity = t.reduce((sum, value) => sum + Math.max(0, value), 0) / 3
  const f = Math.asinh(20 * intensity) / Math.sqrt(20)
  return t.map((value) => Math.min(1, Math.max(0, (value * f) / intensity)))
}

const stretched = (g: number, r: number, z: number) => stretchToRgb([g], [r], [z], new Float64Array(3))

describe('the stretch of the Legacy Surveys', () => {
  it('shows empty sky as 32.4 of 255 in all channels', () => {
    expect(EMPTY_SKY * 255).toBeCloseTo(32.4, 1)
    for (const value of stretched(0, 0, 0)) expect(value).toBeCloseTo(EMPTY_SKY, 15)
    expect([...stretchToBytes([0], [0], [0], new Uint8Array(3))]).toEqual([32, 32, 32])
  })

  it('follows the definition to 1e-12, with faint, bright and negative flux', () => {
    const flux = fc.double({ min: -0.02, max: 2, noNaN: true })
    fc.assert(
      fc.property(flux, flux, flux, (g, r, z) => {
        // Where all channels are dark the definition divides by zero; the next test says what is shown.
        fc.pre(Math.max(z * 2.2, r * 3.4, g * 6) + 0.03 > 1e-6)
        const expected = byDefinition(g, r, z)
        for (const [channel, value] of stretched(g, r, z).entries()) {
          expect(Math.abs(value - expected[channel]!)).toBeLessThan(1e-12)
        }
      }),
    )
  })

  it('is black where no band has light, and never leaves 0 to 1', () => {
    expect([...stretched(-1, -1, -1)]).toEqual([0, 0, 0])
    expect([...stretched(-0.005, -0.03 / 3.4, -1)]).toEqual([0, 0, 0])
    expect([...stretched(50, 0, -1)]).toEqual([0, expect.any(Number), 1])
    expect([...stretchToBytes([50], [50], [-1], new Uint8Array(3))]).toEqual([0, 255, 255])
  })

  it('is undone to 1e-6 of the flux wherever no channel is clipped', () => {
    const flux = fc.double({ min: -0.004, max: 0.5, noNaN: true })
    fc.assert(
      fc.property(flux, flux, flux, (g, r, z) => {
        const rgb = stretched(g, r, z)
        fc.pre([...rgb].every((value) => value > 0 && value < 1))
        const undone = unstretch(rgb)
        for (const [from, to] of [
          [g, undone.g[0]!],
          [r, undone.r[0]!],
          [z, undone.z[0]!],
        ] as const) {
          expect(Math.abs(to - from)).toBeLessThan(1e-6 * Math.max(1e-3, Math.abs(from)))
        }
      }),
    )
  })

  it('returns every 8-bit colour that is not clipped', () => {
    const byte = fc.integer({ min: 1, max: 254 })
    fc.assert(
      fc.property(byte, byte, byte, (red, green, blue) => {
        const { g, r, z } = unstretch([red / 255, green / 255, blue / 255])
        expect([...stretchToBytes(g, r, z, new Uint8Array(3))]).toEqual([red, green, blue])
      }),
    )
  })

  it('reads a black pixel as the flux at which the stretch begins', () => {
    const { g, r, z } = unstretch([0, 0, 0])
    expect([g[0], r[0], z[0]]).toEqual([-0.03 / 6.0, -0.03 / 3.4, -0.03 / 2.2])
  })

  it('refuses planes and pictures that do not fit', () => {
    const wrong = expect.objectContaining({ code: 'survey.shape' })
    expect(() => stretchToRgb([0], [0, 0], [0], new Float32Array(3))).toThrow(wrong)
    expect(() => stretchToRgb([0], [0], [0], new Float32Array(4))).toThrow(wrong)
    expect(() => stretchToBytes([0], [0], [], new Uint8Array(3))).toThrow(wrong)
    expect(() => unstretch([0, 0])).toThrow(wrong)
  })
})
