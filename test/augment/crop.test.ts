import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { drawCrop, resizeCrop, shift } from '../../src/augment/crop.ts'
import { resample } from '../../src/augment/resample.ts'
import { RandomStream } from '../../src/random/index.ts'

const numbered = (height: number, width: number) =>
  Uint8Array.from({ length: height * width * 3 }, (_, index) => 1 + (index % 255))

/** What PyTorch made of a picture of sines (test/reference/forward.py). */
const { resamplings } = JSON.parse(
  readFileSync(new URL('../reference/forward.json', import.meta.url), 'utf8'),
) as { resamplings: { from: [number, number]; to: [number, number]; values: number[] }[] }

describe('shift', () => {
  it('moves pixels down and right, and fills with zeros', () => {
    const source = numbered(4, 5)
    for (const [down, right] of [
      [0, 0],
      [1, 2],
      [-2, 1],
      [3, -4],
      [4, 0],
      [0, 5],
      [-9, 9],
    ] as const) {
      const out = new Uint8Array(60).fill(9)
      shift(source, out, 4, 5, down, right)
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 5; x++) {
          const [fromY, fromX] = [y - down, x - right]
          const inside = fromY >= 0 && fromY < 4 && fromX >= 0 && fromX < 5
          expect(out[(y * 5 + x) * 3 + 1]).toBe(inside ? source[(fromY * 5 + fromX) * 3 + 1] : 0)
        }
      }
    }
  })
})

describe('drawCrop', () => {
  it('stays inside the picture, with areas and ratios of the recipe', () => {
    const areas: number[] = []
    for (let index = 0; index < 2000; index++) {
      const { top, left, height, width } = drawCrop(120, 100, 0.08, new RandomStream(1, index))
      expect(top >= 0 && left >= 0 && top + height <= 120 && left + width <= 100).toBe(true)
      areas.push((height * width) / 12_000)
      expect(width / height).toBeGreaterThan(0.7)
      expect(width / height).toBeLessThan(1.4)
    }
    expect(Math.min(...areas)).toBeGreaterThan(0.07)
    expect(Math.min(...areas)).toBeLessThan(0.1)
    expect(Math.max(...areas)).toBeGreaterThan(0.85)
  })

  it('falls back to the middle of a picture that is too narrow', () => {
    const box = drawCrop(10, 100, 1, new RandomStream(1))
    expect(box).toEqual({ top: 0, left: 43, height: 10, width: 13 })
    expect(drawCrop(1, 1, 0.08, new RandomStream(1))).toEqual({ top: 0, left: 0, height: 1, width: 1 })
  })
})

describe('resample', () => {
  it('of the whole picture to its own size changes nothing', () => {
    const source = numbered(7, 9)
    const out = new Uint8Array(source.length)
    resizeCrop(source, out, 7, 9, { top: 0, left: 0, height: 7, width: 9 }, new Float32Array(source.length))
    expect(out).toEqual(source)
  })

  it('keeps a flat picture flat at any scale and place', () => {
    const source = new Uint8Array(20 * 16 * 3).fill(77)
    for (const box of [
      { top: 0, left: 0, height: 20, width: 16 },
      { top: 3.3, left: 2.2, height: 1.5, width: 13.1 },
    ]) {
      const out = new Float32Array(33 * 5 * 3)
      resample(source, 20, 16, box, out, 33, 5)
      for (const value of out) expect(value).toBeCloseTo(77, 4)
    }
  })

  it.each(resamplings)('agrees with PyTorch’s antialiased bilinear, $from to $to', ({ from, to, values }) => {
    const source = Uint8Array.from({ length: from[0] * from[1] * 3 }, (_, i) =>
      Math.floor(128 + 120 * Math.sin(0.7 * i + 2.6 + 0.05 * (i % 17) ** 2)),
    )
    const out = new Float32Array(values.length)
    resample(source, ...from, { top: 0, left: 0, height: from[0], width: from[1] }, out, ...to)
    const worst = out.reduce((most, value, index) => Math.max(most, Math.abs(value - values[index]!)), 0)
    expect(worst).toBeLessThan(1e-3)
  })
})
