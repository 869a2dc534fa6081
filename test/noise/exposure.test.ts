import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { borderPixels } from '../../src/noise/border.ts'
import { exposureProtocol, type NoiseTally } from '../../src/noise/index.ts'
import { skyDeviations } from '../../src/noise/sky-noise.ts'
import { RandomStream } from '../../src/random/index.ts'
import { ELECTRONS_PER_NANOMAGGY, stretchToBytes, unstretch } from '../../src/survey/index.ts'
import { mean, variance } from './statistics.ts'

const SIDE = 256
const PIXELS = SIDE * SIDE
/** Nanomaggies, the medians of genuine pictures: g, r, z. */
const SKY = [0.00135, 0.0024, 0.004] as const
const BANDS = ['g', 'r', 'z'] as const

/** A picture of empty sky, with `noise` times the usual noise. */
function sky(seed: number, noise = 1): Uint8Array {
  const stream = new RandomStream(seed)
  const plane = (sigma: number) =>
    Float64Array.from({ length: PIXELS }, () => noise * sigma * stream.normal())
  return stretchToBytes(plane(SKY[0]), plane(SKY[1]), plane(SKY[2]), new Uint8Array(3 * PIXELS))
}

/** As `sky`, with a constant colour inside its border. */
function skyAround(colour: readonly number[], seed = 1): Uint8Array {
  const picture = sky(seed)
  for (let pixel = 0; pixel < PIXELS; pixel++) if (isInside(pixel)) picture.set(colour, 3 * pixel)
  return picture
}

function isInside(pixel: number): boolean {
  const [y, x] = [Math.floor(pixel / SIDE), pixel % SIDE]
  return Math.min(x, y, SIDE - 1 - x, SIDE - 1 - y) >= 16
}

function expose(
  picture: Uint8Array,
  level: number,
  { seed = 5, pixelScale = Number.NaN, side = SIDE } = {},
): { out: Uint8Array; tally: NoiseTally } {
  const out = new Uint8Array(picture.length)
  const batch = { pictures: picture, height: side, width: side, indices: [0], pixelScales: [pixelScale], out }
  return { tally: exposureProtocol([level]).apply(batch, level, seed), out }
}

const flux = (bytes: Uint8Array) => unstretch(Float64Array.from(bytes, (value) => value / 255))

/** Of the inside, by band: what was there, and what was added. */
function insideFlux(before: Uint8Array, after: Uint8Array) {
  const [from, to] = [flux(before), flux(after)]
  const pixels = Array.from({ length: PIXELS }, (_, pixel) => pixel).filter(isInside)
  return BANDS.map((band) => ({
    light: pixels.map((pixel) => from[band][pixel]!),
    added: pixels.map((pixel) => to[band][pixel]! - from[band][pixel]!),
  }))
}

/** Variance that rounding to 8 bits gives each band's flux at a colour: all three channels enter the intensity. */
function roundingVariance(colour: readonly number[]): number[] {
  const here = flux(Uint8Array.from(colour))
  const up = [0, 1, 2].map((moved) =>
    flux(Uint8Array.from(colour, (value, channel) => (channel === moved ? value + 1 : value))),
  )
  return BANDS.map((band) => mean(up.map((moved) => (moved[band][0]! - here[band][0]!) ** 2)) / 4)
}

describe('exposure protocol', () => {
  it('has the exposure fractions 1/2 to 1/32', () => {
    expect(exposureProtocol().levels).toEqual([1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32])
    expect(exposureProtocol().unit).toBe('fraction of the exposure time')
  })

  it('measures the noise of the sky in each band to 4 %, stars in the border or not', () => {
    const clean = sky(3)
    const starry = clean.slice()
    for (let star = 0; star < 40; star++) starry.fill(250, 30 * star, 30 * star + 12)
    for (const picture of [clean, starry]) {
      const [z, r, g] = skyDeviations(picture, borderPixels(SIDE, SIDE))
      for (const [measured, sigma] of [
        [g, SKY[0]],
        [r, SKY[1]],
        [z, SKY[2]],
      ] as const) {
        expect(Math.abs(measured / sigma - 1)).toBeLessThan(0.04)
      }
    }
  })

  it('adds noise of mean 0 and variance (1/f − 1)(σ² + max(F, 0)/G) to the sky, to 4 %', () => {
    // Half the usual noise: nothing is clipped at 0, and rounding is small beside it.
    const picture = sky(4, 0.5)
    const [z, r, g] = skyDeviations(picture, borderPixels(SIDE, SIDE))
    const rounding = roundingVariance([32, 32, 32])
    for (const level of [1 / 2, 1 / 4]) {
      const { out } = expose(picture, level)
      for (const [band, { light, added }] of insideFlux(picture, out).entries()) {
        const source = mean(light.map((f) => Math.max(0, f))) / ELECTRONS_PER_NANOMAGGY[band]!
        const skyVariance = [g, r, z][band]! ** 2
        const expected = (1 / level - 1) * (skyVariance + source) + rounding[band]!
        expect(Math.abs(variance(added) / expected - 1)).toBeLessThan(0.04)
        expect(Math.abs(mean(added))).toBeLessThan(6 * Math.sqrt(expected / added.length))
        // The light of the sky's own fluctuations is a few per cent of its variance.
        expect(source / skyVariance).toBeLessThan(0.1)
      }
    }
  })

  it.each([
    [[200, 190, 170], 1 / 2],
    [[200, 190, 170], 1 / 32],
    [[120, 110, 100], 1 / 8],
  ])('adds the photon noise of light, colour %j at f = %d, to five standard errors', (colour, level) => {
    const picture = skyAround(colour)
    const [z, r, g] = skyDeviations(picture, borderPixels(SIDE, SIDE))
    const rounding = roundingVariance(colour)
    const { out, tally } = expose(picture, level)
    expect(tally.emptyBorders).toBe(0)
    for (const [band, { light, added }] of insideFlux(picture, out).entries()) {
      const source = light[0]! / ELECTRONS_PER_NANOMAGGY[band]!
      const expected = (1 / level - 1) * ([g, r, z][band]! ** 2 + source) + rounding[band]!
      expect(Math.abs(variance(added) / expected - 1)).toBeLessThan(5 * Math.sqrt(2 / added.length))
      expect(Math.abs(mean(added))).toBeLessThan(5 * Math.sqrt(expected / added.length))
    }
  })

  it('adds only photon noise where the border has none, by Poisson variates, and counts the picture', () => {
    const colour = [190, 180, 160]
    const picture = new Uint8Array(3 * PIXELS)
    for (let pixel = 0; pixel < PIXELS; pixel++)
      picture.set(isInside(pixel) ? colour : [32, 32, 32], 3 * pixel)
    const level = 1 / 16
    const { out, tally } = expose(picture, level)
    expect(tally).toMatchObject({ emptyBorders: 1, constantPictures: 0 })
    for (const [band, { light, added }] of insideFlux(picture, out).entries()) {
      const expected =
        ((1 / level - 1) * light[0]!) / ELECTRONS_PER_NANOMAGGY[band]! + roundingVariance(colour)[band]!
      // The fourth moment of few electrons is larger than that of a normal variate: some 30 at least here.
      expect(Math.abs(variance(added) / expected - 1)).toBeLessThan(5 * Math.sqrt(2.04 / added.length))
      expect(Math.abs(mean(added))).toBeLessThan(5 * Math.sqrt(expected / added.length))
    }
    // The grey of the border holds no light.
    expect([...out.subarray(0, 3)]).toEqual([32, 32, 32])
  })

  it('takes larger pixels to hold the electrons of the native ones that they cover', () => {
    const colour = [200, 190, 170]
    const picture = new Uint8Array(3 * PIXELS)
    for (let pixel = 0; pixel < PIXELS; pixel++)
      picture.set(isInside(pixel) ? colour : [32, 32, 32], 3 * pixel)
    const variances = (pixelScale: number) => {
      const { out } = expose(picture, 1 / 8, { pixelScale })
      return insideFlux(picture, out).map(
        ({ added }, band) => variance(added) - roundingVariance(colour)[band]!,
      )
    }
    const [native, doubled, unknown] = [variances(0.262), variances(0.524), variances(Number.NaN)]
    expect(unknown).toEqual(native)
    for (const band of [0, 1, 2]) {
      expect(Math.abs(native[band]! / doubled[band]! / 4 - 1)).toBeLessThan(10 / Math.sqrt(PIXELS))
    }
  })

  it('returns the bytes at level 1, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 192, maxLength: 192 }), (picture) => {
        expect(expose(picture, 1, { side: 8 }).out).toEqual(picture)
      }),
    )
  })

  it('returns the bytes, clipped channels and black included, as the level nears 1', () => {
    const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 255))
    fc.assert(
      fc.property(fc.array(byte, { minLength: 192, maxLength: 192 }), (bytes) => {
        const picture = Uint8Array.from(bytes)
        expect(expose(picture, 1 - 2 ** -40, { side: 8 }).out).toEqual(picture)
      }),
    )
  })

  it.each([1 / 2, 1 / 32])('keeps saturated cores bright and black pixels black at f = %d', (level) => {
    const picture = skyAround([255, 255, 255])
    picture.fill(0, 3 * 40 * SIDE, 3 * 41 * SIDE)
    const { out, tally } = expose(picture, level)
    expect(tally).toMatchObject({ saturatedPixels: 224 * 223, blackPixels: 256, emptyBorders: 0 })
    const black = out.subarray(3 * 40 * SIDE, 3 * 41 * SIDE)
    expect(black.every((value) => value === 0)).toBe(true)
    const core = out.subarray(3 * (128 * SIDE + 20), 3 * (128 * SIDE + 230))
    // A tenth of the light in blue at f = 1/32, by photon noise.
    expect(mean(core)).toBeGreaterThan(240)
    expect(Math.min(...core)).toBeGreaterThan(150)
  })

  it('treats a channel at 0 or 255 as the bound that it is: finite, near its colour', () => {
    const colour = [255, 200, 0]
    const { out } = expose(skyAround(colour), 1 / 2)
    const inside = Array.from({ length: PIXELS }, (_, pixel) => pixel).filter(isInside)
    for (const channel of [0, 1, 2]) {
      const shown = mean(inside.map((pixel) => out[3 * pixel + channel]!))
      expect(Math.abs(shown - colour[channel]!)).toBeLessThan(4)
    }
  })

  it('gives constant pictures photon noise alone, about their colour', () => {
    for (const value of [1, 32, 90, 200, 254]) {
      const { out, tally } = expose(new Uint8Array(3 * 64 * 64).fill(value), 1 / 8, { side: 64 })
      expect(tally).toMatchObject({ constantPictures: 1, emptyBorders: 1 })
      expect(Math.abs(mean(out) - value)).toBeLessThan(3)
      expect(variance(out) > 0).toBe(value > 32)
    }
  })

  it('takes pictures of any size, one pixel included, at the most extreme levels', () => {
    for (const side of [1, 2, 3, 17]) {
      const picture = Uint8Array.from({ length: 3 * side * side }, (_, i) => 20 + ((i * 7) % 30))
      for (const level of [1e-6, 0.999_999]) {
        expect(expose(picture, level, { side }).tally.pictures).toBe(1)
      }
    }
  })
})
