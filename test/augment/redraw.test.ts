import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { redraw } from '../../src/augment/redraw.ts'
import { RandomStream } from '../../src/random/index.ts'
import { realData } from '../data.ts'

const side = 64
const length = side * side * 3

function redrawn(source: Uint8Array, seed: number): { out: Uint8Array; changed: boolean } {
  const out = new Uint8Array(length)
  const scratch = [new Float32Array(length), new Float32Array(length)] as const
  return { changed: redraw(source, out, side, side, new RandomStream(seed), scratch), out }
}

const quantile = (values: number[], fraction: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(fraction * (values.length - 1))]!

/** Sky level and noise (1.4826 × median absolute deviation) of the green channel over the outer six pixels. */
function rim(picture: Uint8Array): { sky: number; noise: number } {
  const values: number[] = []
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (Math.min(x, y, side - 1 - x, side - 1 - y) < 6) values.push(picture[(y * side + x) * 3 + 1]!)
    }
  }
  const sky = quantile(values, 0.5)
  return {
    sky,
    noise:
      1.4826 *
      quantile(
        values.map((value) => Math.abs(value - sky)),
        0.5,
      ),
  }
}

/** Brightest of the central 4×4 pixels above the sky. */
function peak(picture: Uint8Array): number {
  let brightest = 0
  for (let y = side / 2 - 2; y < side / 2 + 2; y++) {
    for (let x = side / 2 - 2; x < side / 2 + 2; x++) {
      const at = (y * side + x) * 3
      brightest = Math.max(brightest, (picture[at]! + picture[at + 1]! + picture[at + 2]!) / 3)
    }
  }
  return brightest - rim(picture).sky
}

describe('redraw', () => {
  it('puts a black picture on a grey, noisy sky', () => {
    const { out, changed } = redrawn(new Uint8Array(length), 1)
    expect(changed).toBe(true)
    expect(Math.abs(rim(out).sky - 32.4)).toBeLessThan(3)
    expect(rim(out).noise).toBeGreaterThan(2)
    expect(rim(out).noise).toBeLessThan(8)
  })

  it('leaves a picture whose sky is grey already', () => {
    const grey = new Uint8Array(length).fill(32)
    const { out, changed } = redrawn(grey, 1)
    expect(changed).toBe(false)
    expect(out).toEqual(grey)
  })

  it('is the same for the same seed', () => {
    expect(redrawn(new Uint8Array(length), 3).out).toEqual(redrawn(new Uint8Array(length), 3).out)
    expect(redrawn(new Uint8Array(length), 3).out).not.toEqual(redrawn(new Uint8Array(length), 4).out)
  })

  const sdss = realData('galaxies', 'test')
  const decals = realData('decals', 'test')
  it.skipIf(!sdss || !decals)(
    'brings sky, noise and brightness of SDSS pictures to those of genuine DECaLS ones (skipped without real data)',
    async () => {
      const load = (folder: string) =>
        Promise.all(
          readdirSync(folder)
            .slice(0, 90)
            .map(async (file) => {
              const resized = sharp(join(folder, file)).removeAlpha().resize(side, side, { fit: 'fill' })
              return new Uint8Array(await resized.raw().toBuffer())
            }),
        )
      const genuine = await load(decals!)
      const drawn = (await load(sdss!)).map((picture, index) => redrawn(picture, index).out)
      const median = (pictures: Uint8Array[], of: (picture: Uint8Array) => number) =>
        quantile(pictures.map(of), 0.5)
      for (const [of, tolerance] of [
        [(picture: Uint8Array) => rim(picture).sky, 2],
        [(picture: Uint8Array) => rim(picture).noise, 1.6],
        [peak, 40],
      ] as const) {
        expect(Math.abs(median(drawn, of) - median(genuine, of))).toBeLessThan(tolerance)
      }
    },
  )
})
