import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { completeCutout, cutoutAddress, LEGACY_LAYERS, parseCutout } from '../../src/survey/index.ts'

const BASE = new URL('https://survey.example/viewer/jpeg-cutout')

describe('a cut-out', () => {
  it.each([
    [{ ra: Number.NaN, dec: 0 }, 'ra is no number; expected from 0 to 360 degrees.'],
    [{ ra: -1, dec: 0 }, 'ra is -1; expected from 0 to 360 degrees.'],
    [{ ra: 361, dec: 0 }, 'ra is 361; expected from 0 to 360 degrees.'],
    [{ ra: 1, dec: 91 }, 'dec is 91; expected from -90 to 90 degrees.'],
    [{ ra: 1, dec: -Infinity }, 'dec is -Infinity; expected from -90 to 90 degrees.'],
    [{ ra: 1 }, 'dec is missing; expected from -90 to 90 degrees.'],
    [{ ra: '12h30m', dec: 0 }, 'ra is no number; expected from 0 to 360 degrees.'],
    [{ ra: null, dec: 0 }, 'ra is no number; expected from 0 to 360 degrees.'],
    [{ ra: 1, dec: 2, pixelScale: 0 }, 'pixelScale is 0; expected from 0.05 to 10 arcsec per pixel.'],
    [{ ra: 1, dec: 2, size: 3000 }, 'size is 3000; expected from 16 to 1024 pixels, a whole number.'],
    [{ ra: 1, dec: 2, size: 64.5 }, 'size is 64.5; expected from 16 to 1024 pixels, a whole number.'],
    [{ ra: 1, dec: 2, layer: 'a&b=c' }, 'layer is no name of a layer, such as ls-dr9.'],
    [{ ra: 1, dec: 2, layer: 9 }, 'layer is no name of a layer, such as ls-dr9.'],
  ])('%j is refused and told why', (values, message) => {
    expect(() => parseCutout(values)).toThrow(expect.objectContaining({ code: 'survey.cutout', message }))
  })

  it('of a layer that is not allowed is refused', () => {
    expect(() => completeCutout({ ra: 1, dec: 2, layer: 'sdss' }, LEGACY_LAYERS)).toThrow(
      'There is no such layer here; there are ls-dr9, ls-dr10.',
    )
  })

  it('has the pixels of Galaxy10 where nothing is said: 256 at 0.262 arcsec', () => {
    expect(completeCutout({ ra: 10, dec: -5 }, LEGACY_LAYERS)).toEqual({
      ra: 10,
      dec: -5,
      pixelScale: 0.262,
      size: 256,
      layer: 'ls-dr9',
    })
  })
})

describe('the address of a cut-out', () => {
  const addressOf = (
    ...[cutout, layers = LEGACY_LAYERS]: [Parameters<typeof completeCutout>[0], (readonly string[])?]
  ) => cutoutAddress(BASE, completeCutout(cutout, layers)).href

  it('is the base with place, layer, scale and size', () => {
    expect(addressOf({ ra: 184.7403, dec: 47.304, layer: 'ls-dr10', size: 128, pixelScale: 0.5 })).toBe(
      `${BASE.href}?ra=184.7403000&dec=47.3040000&layer=ls-dr10&pixscale=0.5&size=128`,
    )
  })

  it('writes small numbers without an exponent, and 360 degrees as 0', () => {
    expect(addressOf({ ra: 360, dec: -1e-5 })).toContain('?ra=0.0000000&dec=-0.0000100&')
  })

  it('never leaves its base, and reads back as what was asked', () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
    const cutout = fc.record({
      ra: number(0, 359.9),
      dec: number(-90, 90),
      pixelScale: number(0.05, 10),
      size: fc.integer({ min: 16, max: 1024 }),
      layer: fc.stringMatching(/^[\w.-]{1,64}$/),
    })
    fc.assert(
      fc.property(cutout, (given) => {
        const { origin, pathname, searchParams } = new URL(addressOf(given, [given.layer]))
        expect([origin, pathname]).toEqual([BASE.origin, BASE.pathname])
        expect(searchParams.get('layer')).toBe(given.layer)
        expect(Number(searchParams.get('ra'))).toBeCloseTo(given.ra, 6)
        expect(Number(searchParams.get('dec'))).toBeCloseTo(given.dec, 6)
        expect(Number(searchParams.get('pixscale'))).toBe(given.pixelScale)
        expect(Number(searchParams.get('size'))).toBe(given.size)
      }),
      { numRuns: 500 },
    )
  })
})
