import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addTally, EMPTY_TALLY, type NoiseTally, openProtocol, PROTOCOLS } from '../../src/noise/index.ts'
import { unstretch } from '../../src/survey/index.ts'
import { correlation, mean } from './statistics.ts'

const NAMES = Object.keys(PROTOCOLS)
const SIDE = 24
const SIZE = SIDE * SIDE * 3

/** Pictures of a noisy grey sky. */
function skies(count: number): Uint8Array {
  return Uint8Array.from(
    { length: count * SIZE },
    (_, i) => 26 + ((Math.imul(i + 1, 0x9e3779b1) >>> 16) % 14),
  )
}

function apply(
  name: string,
  pictures: Uint8Array,
  indices: readonly number[],
  { level = openProtocol(name).levels[2]!, seed = 7, height = SIDE, width = SIDE } = {},
): { out: Uint8Array; tally: NoiseTally } {
  const out = new Uint8Array(pictures.length)
  const tally = openProtocol(name).apply({ pictures, height, width, indices, out }, level, seed)
  return { out, tally }
}

describe('protocols', () => {
  it('are opened by name, with a line on each', () => {
    expect(NAMES).toEqual(['counts', 'additive', 'exposure'])
    for (const name of NAMES) expect(openProtocol(name).name).toBe(name)
    expect(NAMES.map((name) => openProtocol(name).pixels)).toEqual(['input', 'input', 'stored'])
  })

  it.each(['gaussian', 'toString', ''])('refuse the name %j and list those there are', (name) => {
    expect(() => openProtocol(name)).toThrow(
      expect.objectContaining({
        code: 'noise.protocol',
        message: expect.stringContaining('expected one of counts, additive, exposure'),
      }),
    )
  })

  it.each<
    [
      string,
      { size?: number; index?: number; level?: number; seed?: number; height?: number },
      string,
      RegExp,
    ]
  >([
    ['levels that it was not opened with', { level: 99 }, 'noise.level', /The level 99 is none of those/],
    ['half a seed', { seed: 1.5 }, 'noise.seed', /The noise seed is 1.5/],
    ['half a picture', { size: SIZE - 1 }, 'noise.batch', /There are 1727 values/],
    ['another height', { height: SIDE - 1 }, 'noise.batch', /expected 1656/],
    ['an index below 0', { index: -1 }, 'noise.batch', /Picture 0 has the index -1/],
  ])('refuse %s', (_, { size = SIZE, index = 0, ...how }, code, message) => {
    for (const name of NAMES)
      expect(() => apply(name, new Uint8Array(size), [index], how)).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      )
  })

  it.each([
    ['counts', [12, 0], 'The level 0 is out of range'],
    ['counts', [10_001], 'above 0 and at most 10000'],
    ['counts', [Number.NaN], 'The level NaN'],
    ['counts', [5, 3, 5], 'The level 5 is given twice'],
    ['additive', [1.5], 'The level 1.5 is out of range'],
    ['additive', [0.5, Number.NEGATIVE_INFINITY], '0.01 to 1'],
    ['exposure', [0], 'fraction of the exposure time'],
    ['exposure', [1 / 2, -1 / 4], 'The level -0.25'],
    ['exposure', [Number.POSITIVE_INFINITY], 'The level Infinity'],
    ['exposure', [0.5, 0.5 + 1e-12], 'is given twice'],
    ['exposure', [], 'No level is given'],
  ])('%s refuses the levels %j', (name, levels, message) => {
    expect(() => openProtocol(name, levels)).toThrow(
      expect.objectContaining({ code: 'noise.level', message: expect.stringContaining(message) }),
    )
  })

  it('keep their levels from the mildest to the worst', () => {
    expect(openProtocol('counts', [3, 60, 12]).levels).toEqual([60, 12, 3])
    expect(openProtocol('additive', [0.5, 1]).levels).toEqual([1, 0.5])
    expect(openProtocol('exposure', [1 / 32, 1, 1 / 2]).levels).toEqual([1, 1 / 2, 1 / 32])
  })
})

describe.each(NAMES)('%s', (name) => {
  it('draws the same for a picture whatever the batch, its order and the array written to', () => {
    const pictures = skies(4)
    const { out } = apply(name, pictures, [0, 1, 2, 3])
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1 }), (order) => {
        const batch = new Uint8Array(order.length * SIZE)
        for (const [row, index] of order.entries()) {
          batch.set(pictures.subarray(index * SIZE, (index + 1) * SIZE), row * SIZE)
        }
        const { levels, apply: applyTo } = openProtocol(name)
        applyTo({ pictures: batch, height: SIDE, width: SIDE, indices: order, out: batch }, levels[2]!, 7)
        for (const [row, index] of order.entries()) {
          const alone = batch.subarray(row * SIZE, (row + 1) * SIZE)
          expect(alone).toEqual(out.subarray(index * SIZE, (index + 1) * SIZE))
        }
      }),
      { numRuns: 30 },
    )
  })

  it('does not depend on which levels it was opened with', () => {
    const pictures = skies(1)
    const [level] = openProtocol(name).levels as [number]
    const out = new Uint8Array(SIZE)
    openProtocol(name, [level]).apply({ pictures, height: SIDE, width: SIDE, indices: [0], out }, level, 7)
    expect(out).toEqual(apply(name, pictures, [0], { level }).out)
  })

  it('draws anew for another seed, picture and level, uncorrelated with what it drew before', () => {
    const side = 128
    const picture = new Uint8Array(side * side * 3)
    // One pattern whose rows repeat the grey sky.
    for (let i = 0; i < picture.length; i++) picture[i] = 26 + ((Math.imul(i + 1, 0x9e3779b1) >>> 16) % 14)
    const [first, second] = openProtocol(name).levels as [number, number]
    const noise = (index: number, seed: number, level: number) => {
      const { out } = apply(name, picture, [index], { level, seed, height: side, width: side })
      return Float64Array.from(out, (value, i) => value - picture[i]!)
    }
    const base = noise(3, 1, first)
    expect(noise(3, 1, first)).toEqual(base)
    const limit = 5 / Math.sqrt(base.length)
    for (const other of [noise(3, 2, first), noise(4, 1, first), noise(3, 1, second), noise(1, 3, first)]) {
      // Clipping and rounding tie the noise to the picture a little: allow half a hundredth.
      expect(Math.abs(correlation(base, other))).toBeLessThan(limit + 0.005)
    }
  })

  it('draws channels and neighbouring pixels independently: correlations within five standard errors', () => {
    const side = 192
    const picture = new Uint8Array(side * side * 3).fill(100)
    const { out } = apply(name, picture, [0], { height: side, width: side })
    // The stretch ties the channels of a pixel to one another: exposure noise is independent in flux.
    const { z, r, g } = unstretch(Float64Array.from(out, (value) => value / 255))
    const channel = (c: number, shift = 0) =>
      Float64Array.from({ length: side * side - 200 }, (_, i) =>
        name === 'exposure' ? [z, r, g][c]![i + shift]! : out[3 * (i + shift) + c]!,
      )
    const limit = 5 / Math.sqrt(side * side)
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      expect(Math.abs(correlation(channel(a), channel(b)))).toBeLessThan(limit)
    }
    for (const shift of [1, 2, 3, 8, side]) {
      for (const c of [0, 1, 2]) {
        expect(Math.abs(correlation(channel(c), channel(c, shift)))).toBeLessThan(limit)
      }
    }
  })

  it('counts what its model does not cover, the same in one batch as in two', () => {
    const pictures = skies(3)
    pictures.fill(0, 0, 6)
    pictures.fill(255, 6, 9)
    pictures[9] = 255
    pictures.fill(90, SIZE, 2 * SIZE)
    const { tally } = apply(name, pictures, [0, 1, 2])
    expect(tally).toEqual({
      pictures: 3,
      clippedChannels: 10,
      saturatedPixels: 1,
      blackPixels: 2,
      emptyBorders: name === 'exposure' ? 1 : 0,
      constantPictures: 1,
    })
    const [first, rest] = [pictures.subarray(0, SIZE), pictures.subarray(SIZE)]
    const parts = [apply(name, first, [0]).tally, apply(name, rest, [1, 2]).tally]
    expect(parts.reduce(addTally, EMPTY_TALLY)).toEqual(tally)
  })

  it('grows with the level', () => {
    const pictures = skies(1)
    const { levels } = openProtocol(name)
    const change = levels.map((level) => {
      const { out } = apply(name, pictures, [0], { level })
      return mean(Float64Array.from(out, (value, i) => (value - pictures[i]!) ** 2))
    })
    expect(change).toEqual(change.toSorted((a, b) => a - b))
    expect(change[0]).toBeGreaterThan(0)
  })
})
