import fc from 'fast-check'
import { File, ready } from 'h5wasm/node'
import { expect, it } from 'vitest'
import type { ImageAxes } from '../../../src/io/hdf5/image-axes.ts'
import { openHdf5 } from '../../../src/io/hdf5/index.ts'
import { slabRows } from '../../../src/io/hdf5/read-slab.ts'
import { fixturePictures, useFolder } from './fixtures.ts'

const folder = useFolder()

/** (N, H, W, 3) to (N, 3, H, W). */
function channelsFirst(pictures: Uint8Array, count: number, height: number, width: number): Uint8Array {
  const area = height * width
  return Uint8Array.from({ length: pictures.length }, (_, at) => {
    const [i, c, pixel] = [Math.floor(at / 3 / area), Math.floor(at / area) % 3, at % area]
    return i < count ? pictures[(i * area + pixel) * 3 + c]! : 0
  })
}

it('reads pictures of any size, order of axes and chunks', async () => {
  await ready
  const side = fc.integer({ min: 1, max: 21 })
  const storage = fc.record({
    count: fc.integer({ min: 1, max: 23 }),
    height: side,
    width: side,
    isChannelsFirst: fc.boolean(),
    // Fractions of the four dimensions; null: in one piece.
    chunk: fc.option(
      fc.tuple(...([0, 1, 2, 3] as const).map(() => fc.double({ min: 0.01, max: 1, noNaN: true }))),
    ),
  })
  let run = 0
  await fc.assert(
    // (N, 3, H, 3) reads as pictures of 3 × H pixels: the last axis decides.
    fc.asyncProperty(
      storage.filter(({ isChannelsFirst, width }) => !(isChannelsFirst && width === 3)),
      async ({ count, height, width, isChannelsFirst, chunk }) => {
        const indices = Array.from({ length: count }, (_, i) => i)
        const pictures = fixturePictures(indices, height, width)
        const shape = isChannelsFirst ? [count, 3, height, width] : [count, height, width, 3]
        const chunks = chunk?.map((fraction, axis) => Math.max(1, Math.ceil(fraction * shape[axis]!)))
        const path = folder.path(`${run++}.h5`)
        const file = new File(path, 'w')
        const data = isChannelsFirst ? channelsFirst(pictures, count, height, width) : pictures
        file.create_dataset({
          name: 'images',
          data,
          shape,
          dtype: '<B',
          ...(chunks && { chunks, compression: 'gzip' }),
        })
        file.create_dataset({ name: 'ans', data: new Uint8Array(count), shape: [count], dtype: '<B' })
        file.close()
        const dataset = await openHdf5(path)
        const out = new Uint8Array(pictures.length)
        await dataset.read(indices, out)
        await dataset.close()
        expect(Buffer.compare(out, pictures)).toBe(0)
      },
    ),
    { numRuns: 40, seed: 1 },
  )
})

it('reads slabs of whole chunks, of 32 MiB where chunks are low and of at most 160 MiB where they are high', () => {
  const rows = (chunkRows: number, count = 17_736, side = 256) => {
    const chunk = { rows: chunkRows, height: 16, width: 16, channels: 1 }
    return slabRows({
      name: 'images',
      count,
      height: side,
      width: side,
      layout: 'NHWC',
      chunk,
    } satisfies ImageAxes)
  }
  expect(rows(555)).toBe(555)
  expect(rows(100)).toBe(100)
  expect(rows(1)).toBe(170)
  expect(rows(50)).toBe(150)
  expect(rows(17_736)).toBe(853)
  expect(rows(555, 30)).toBe(30)
  expect(rows(2, 10, 16_384)).toBe(1)
})
