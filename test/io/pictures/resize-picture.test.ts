import { describe, expect, it } from 'vitest'
import { decodePicture, resizePicture } from '../../../src/io/pictures/index.ts'
import { gradient, picture } from './make-pictures.ts'

/** Columns 0, 1, 2 … as grey values. */
function columns(height: number, width: number): Buffer {
  const pixels = Buffer.alloc(height * width * 3)
  for (let i = 0; i < height * width; i++) pixels.fill(i % width, 3 * i, 3 * i + 3)
  return pixels
}

describe('resizePicture', () => {
  it('cuts the centre out of a wider picture, and nothing of one that has the aspect', async () => {
    const wide = await resizePicture({ data: columns(10, 30), height: 10, width: 30 }, { size: [10, 10] })
    expect([...wide.data.subarray(0, 30)].filter((_, i) => i % 3 === 0)).toEqual([
      10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ])
    const square = { data: gradient(8, 8), height: 8, width: 8 }
    expect(await resizePicture(square, { size: [8, 8] })).toBe(square)
  })

  it('keeps the central 224 of 256 pixels in ImageNet’s way', async () => {
    const source = { data: columns(256, 256), height: 256, width: 256 }
    const { data } = await resizePicture(source, { size: [224, 224], fit: 'central' })
    expect([data[0], data[(224 - 1) * 3]]).toEqual([16, 239])
  })

  it('resizes the shorter side to 256/224 of any size', async () => {
    const source = { data: columns(128, 255), height: 128, width: 255 }
    const { data, height, width } = await resizePicture(source, { size: [112, 112], fit: 'central' })
    expect([height, width]).toEqual([112, 112])
    // 255 columns: the centre 112 begin at 71.5, which sharp rounds.
    expect(data[0]! + data[111 * 3]!).toBeGreaterThanOrEqual(253)
    expect(data[0]! + data[111 * 3]!).toBeLessThanOrEqual(255)
  })

  it('does what decoding to a size does', async () => {
    const bytes = await picture(40, 60).png().toBuffer()
    for (const fit of ['cover', 'central'] as const) {
      const once = await decodePicture(bytes, { size: [20, 20], fit })
      const twice = await resizePicture(await decodePicture(bytes), { size: [20, 20], fit })
      expect(Buffer.from(once.data).equals(Buffer.from(twice.data))).toBe(true)
    }
  })
})
