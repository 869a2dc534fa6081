import { open as openFile, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { describeHdf5, openHdf5 } from '../../../src/io/hdf5/index.ts'
import { GALAXY10_DECALS, GALAXY10_SDSS } from '../../../src/survey/galaxy10.ts'
import { fixture, fixturePictures, useFolder } from './fixtures.ts'

const folder = useFolder()
const open = (name: string, options = {}) =>
  openHdf5(fixture(name), { cacheDirectory: folder.path('cache'), ...options })

async function readAll(name: string): Promise<{ pixels: Uint8Array; expected: Uint8Array }> {
  const dataset = await open(name)
  const { length, height, width } = dataset
  const order = Array.from({ length }, (_, i) => (i * 3 + 1) % length)
  const pixels = new Uint8Array(length * height * width * 3)
  await dataset.read(order, pixels)
  await dataset.close()
  return { pixels, expected: fixturePictures(order, height, width) }
}

describe('openHdf5 reads the pictures', () => {
  it.each([
    'gzip-shuffle-fletcher',
    'latest-layout',
    'contiguous-int64-labels',
    'channels-first',
    'user-block',
    'scale-offset',
  ])('of %s at random', async (name) => {
    const { pixels, expected } = await readAll(name)
    expect(pixels).toEqual(expected)
  })

  it('resized to the size asked for', async () => {
    const dataset = await open('gzip-shuffle-fletcher', { size: [4, 6] })
    const pixels = new Uint8Array(2 * 4 * 6 * 3)
    await dataset.read([0, 4], pixels)
    expect([dataset.height, dataset.width]).toEqual([4, 6])
    // Pixels of a ramp of 3 a line and 5 a column stay near the ramp; picture 4 is 28 brighter than picture 0.
    for (let i = 0; i < 72; i++) expect(pixels[72 + i]! - pixels[i]!).toBeGreaterThanOrEqual(26)
    await dataset.close()
  })
})

describe('openHdf5 reads the labels', () => {
  it("takes Galaxy10's classes for images and ans", async () => {
    const dataset = await open('gzip-shuffle-fletcher')
    expect(dataset.classes).toBe(GALAXY10_DECALS)
    expect([...dataset.labels]).toEqual([0, 1, 2, 3, 4])
    expect(dataset.allowed).toBeUndefined()
    await dataset.close()
  })

  it('takes the classes of Galaxy10 SDSS for pictures of 69 pixels', async () => {
    const dataset = await open('side-69')
    expect(dataset.classes).toBe(GALAXY10_SDSS)
    await dataset.close()
  })

  it('numbers the classes of other files', async () => {
    const dataset = await open('channels-first')
    expect(dataset.classes.slugs).toEqual(['class_0', 'class_1', 'class_2', 'class_3', 'class_4'])
    await dataset.close()
  })

  it('keeps masks, identifiers, coordinates and the classes that the file names exactly', async () => {
    const dataset = await open('columns')
    expect(dataset.classes.names[9]).toBe('Kind 9')
    expect(dataset.classes.slugs[0]).toBe('kind_é_0')
    expect([...dataset.labels]).toEqual([3, -1, -1, 0, 9])
    expect([...dataset.allowed!]).toEqual([8, 28, 0, 1, 512])
    expect(dataset.ids).toEqual(['a,b', 'é\n', '', 'x'.repeat(40), '-1'])
    expect([...dataset.ra!]).toEqual([0, 359.9999999999, 12.3456789012345, Number.NaN, 1e-9])
    expect([...dataset.dec!]).toEqual([-90, 90, 32.375, 0, -1e-9])
    await dataset.close()
  })

  it('keeps identifiers of 64 bits exactly', async () => {
    const dataset = await open('integer-ids')
    expect(dataset.ids).toEqual(['9223372036854775809', '1', '2', '3', '18446744073709551615'])
    await dataset.close()
  })

  it('gives pictures without labels the label -1 and the mask 0 where labels are optional', async () => {
    const dataset = await open('no-labels', { labels: 'optional' })
    expect([...dataset.labels]).toEqual([-1, -1, -1, -1, -1])
    expect([...dataset.allowed!]).toEqual([0, 0, 0, 0, 0])
    await dataset.close()
  })
})

describe('hash of an HDF5 data set', () => {
  it('is the same for the same pictures and labels, however they are stored and at whatever size', async () => {
    const hashes = await Promise.all(
      [
        open('gzip-shuffle-fletcher'),
        open('gzip-shuffle-fletcher', { size: [4, 4] }),
        open('latest-layout'),
        open('user-block'),
      ].map(async (opening) => {
        const dataset = await opening
        await dataset.close()
        return dataset.hash
      }),
    )
    expect(new Set(hashes).size).toBe(1)
  })

  it('changes with the labels', async () => {
    const [one, other] = [await open('columns'), await open('gzip-shuffle-fletcher')]
    await Promise.all([one.close(), other.close()])
    expect(one.hash).not.toBe(other.hash)
  })
})

describe('describeHdf5', () => {
  it('tells shape, type, chunks and filters', async () => {
    const { images, datasets } = await describeHdf5(fixture('gzip-shuffle-fletcher'))
    expect(images).toMatchObject({ name: 'images', shape: [5, 8, 8, 3], type: 'uint8', chunks: [2, 4, 4, 1] })
    expect(images.filters.map(({ name }) => name)).toEqual(['shuffle', 'deflate', 'fletcher32'])
    expect(datasets.map(({ name }) => name)).toEqual(['ans', 'images'])
  })

  it('describes what cannot be read too', async () => {
    const { images } = await describeHdf5(fixture('lzf'))
    expect(images.filters).toEqual([{ id: 32000, name: 'lzf' }])
  })
})

it('reports progress up to the number of pictures', async () => {
  const seen: [number, number][] = []
  const dataset = await open('gzip-shuffle-fletcher', {
    onProgress: (done: number, total: number) => seen.push([done, total]),
  })
  await dataset.close()
  expect(seen.at(-1)).toEqual([5, 5])
})

it('reads a file at offsets beyond 4 GiB', async () => {
  // A user block of 4 GiB, which is a hole on the disk, pushes everything there.
  const path = folder.path('large.h5')
  const handle = await openFile(path, 'w')
  await handle.write(await readFile(fixture('columns')), 0, null, 2 ** 32)
  await handle.close()
  const dataset = await openHdf5(path, { cacheDirectory: folder.path('cache') })
  const pixels = new Uint8Array(8 * 8 * 3)
  await dataset.read([4], pixels)
  await dataset.close()
  expect(pixels).toEqual(fixturePictures([4], 8, 8))
  expect(dataset.ids).toHaveLength(5)
})
