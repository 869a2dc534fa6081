import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { encodePng } from '../../src/api/png-file.ts'
import { decodePicture } from '../../src/io/pictures/decode-picture.ts'

describe('encodePng', () => {
  it('writes files that libspng, which checks their sums, reads as the same pixels', async () => {
    const side = fc.integer({ min: 1, max: 40 })
    await fc.assert(
      fc.asyncProperty(side, side, fc.integer(), async (height, width, seed) => {
        const pixels = Uint8Array.from(
          { length: height * width * 3 },
          (_, at) => Math.imul(at + 1, seed | 1) >> 7,
        )
        const { data, ...size } = await decodePicture(encodePng({ pixels, height, width }))
        expect(size).toEqual({ height, width })
        expect(Uint8Array.from(data)).toEqual(pixels)
      }),
      { numRuns: 100 },
    )
  })

  it('writes as many blocks as a large picture needs', async () => {
    const [height, width] = [700, 900]
    const pixels = Uint8Array.from({ length: height * width * 3 }, () => 255)
    const { data } = await decodePicture(encodePng({ pixels, height, width }))
    expect(Buffer.compare(data, pixels)).toBe(0)
  })

  it('has sums that matter: one bit that differs is found', async () => {
    const file = encodePng({ pixels: new Uint8Array(300), height: 10, width: 10 })
    file[100]! ^= 1
    await expect(sharp(file, { failOn: 'error' }).raw().toBuffer()).rejects.toThrow()
  })
})
