import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeHdf5, type Galaxy10Batch, openHdf5, writeGalaxy10 } from '../../../src/io/hdf5/index.ts'
import { GALAXY10_DECALS, GALAXY10_SDSS } from '../../../src/survey/galaxy10.ts'
import { fixturePictures, useFolder } from './fixtures.ts'

const folder = useFolder()

/** A Python that can import h5py: PUREGALAXY_PYTHON, or python3 of the path. */
const python = [process.env.PUREGALAXY_PYTHON, 'python3'].find((command) => {
  if (command === undefined) return false
  try {
    execFileSync(command, ['-c', 'import h5py'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})

const schemeOf = (classes: number) => {
  const names = Array.from({ length: classes }, (_, k) => `class ${k}`)
  return { names, slugs: names }
}

const batchOf = (indices: number[], height: number, width: number): Galaxy10Batch => ({
  images: fixturePictures(indices, height, width),
  labels: indices.map((i) => i % 10),
})

describe('writeGalaxy10', () => {
  it('takes as many classes as 8-bit labels tell apart, and no more', async () => {
    const write = (classes: number) =>
      writeGalaxy10({
        path: folder.path('many.h5'),
        size: [4, 4],
        classes: schemeOf(classes),
        batches: [{ images: fixturePictures([0], 4, 4), labels: [254] }],
      })
    expect(await write(255)).toBe(1)
    const dataset = await openHdf5(folder.path('many.h5'))
    await dataset.close()
    expect([dataset.labels[0], dataset.classes.names.length]).toEqual([254, 255])
    await expect(write(256)).rejects.toMatchObject({ code: 'io.hdf5.labels' })
  })

  it('writes what openHdf5 reads back, whatever the size of pictures, files and batches', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 24 }),
        fc.integer({ min: 1, max: 24 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 }),
        async (height, width, sizes) => {
          const path = folder.path(`${run++}.h5`)
          const total = sizes.reduce((sum, n) => sum + n, 0)
          let next = 0
          const batches = sizes.map((n) =>
            batchOf(
              Array.from({ length: n }, () => next++),
              height,
              width,
            ),
          )
          expect(await writeGalaxy10({ path, size: [height, width], batches })).toBe(total)
          const dataset = await openHdf5(path)
          const order = Array.from({ length: total }, (_, i) => total - 1 - i)
          const pixels = new Uint8Array(total * height * width * 3)
          await dataset.read(order, pixels)
          await dataset.close()
          expect(Buffer.compare(pixels, fixturePictures(order, height, width))).toBe(0)
          expect([...dataset.labels]).toEqual(Array.from({ length: total }, (_, i) => i % 10))
        },
      ),
      { numRuns: 15, seed: 1 },
    )
  })

  it('keeps partial labels, identifiers, coordinates and the classes', async () => {
    const path = folder.path('partial.h5')
    const images = new Uint8Array(3 * 4 * 4 * 3)
    await writeGalaxy10({
      path,
      size: [4, 4],
      classes: GALAXY10_SDSS,
      batches: [
        {
          images,
          labels: [2, -1, 255],
          allowed: [4, 0b11100, 0],
          ids: ['é', 'b, "c"\n', ''],
          ra: [359.9, 0.1, 7],
          dec: [-90, 90, 1e-12],
        },
        { images, labels: [0, 1, 9] },
      ],
    })
    const dataset = await openHdf5(path)
    await dataset.close()
    expect(dataset.classes).toEqual(GALAXY10_SDSS)
    expect([...dataset.labels]).toEqual([2, -1, -1, 0, 1, 9])
    expect([...dataset.allowed!]).toEqual([4, 28, 0, 1, 2, 512])
    expect(dataset.ids).toEqual(['é', 'b, "c"\n', '', '', '', ''])
    expect([...dataset.ra!]).toEqual([359.9, 0.1, 7, Number.NaN, Number.NaN, Number.NaN])
    expect([...dataset.dec!]).toEqual([-90, 90, 1e-12, Number.NaN, Number.NaN, Number.NaN])
  })

  it("writes Galaxy10's data sets in chunks with gzip", async () => {
    const path = folder.path('layout.h5')
    const column = { redshift: [0.1], pxscale: [0.262], ra: [1], dec: [2] }
    await writeGalaxy10({ path, size: [64, 64], batches: [{ ...batchOf([1], 64, 64), ...column }] })
    const { datasets, images } = await describeHdf5(path)
    expect(datasets.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'ans uint8',
      'dec float64',
      'images uint8',
      'pxscale float64',
      'ra float64',
      'redshift float64',
    ])
    expect(images).toMatchObject({
      shape: [1, 64, 64, 3],
      chunks: [85, 64, 64, 3],
      filters: [{ name: 'deflate' }],
    })
  })

  it('takes a batch when it has written the one before', async () => {
    const reused = new Uint8Array(16 * 16 * 3)
    async function* batches(): AsyncGenerator<Galaxy10Batch> {
      for (let i = 0; i < 5; i++) {
        const batch = batchOf([i], 16, 16)
        reused.set(batch.images)
        yield { ...batch, images: reused }
      }
    }
    const path = folder.path('stream.h5')
    await writeGalaxy10({ path, size: [16, 16], batches: batches() })
    const dataset = await openHdf5(path)
    const pixels = new Uint8Array(5 * 16 * 16 * 3)
    await dataset.read([0, 1, 2, 3, 4], pixels)
    await dataset.close()
    expect(pixels).toEqual(fixturePictures([0, 1, 2, 3, 4], 16, 16))
  })

  it.skipIf(!python)(
    `writes a file that h5py reads${python ? '' : ' (skipped: no Python with h5py)'}`,
    async () => {
      const path = folder.path('for h5py é.h5')
      const batch = {
        ...batchOf([0, 1, 2], 8, 8),
        labels: [1, -1, 3],
        allowed: [2, 6, 8],
        ids: ['a', 'bé', 'c'],
        ra: [1.5, 2, 3],
      }
      await writeGalaxy10({ path, size: [8, 8], batches: [batch] })
      const script = `
import h5py, json, sys
with h5py.File(sys.argv[1]) as f:
    print(json.dumps({
        'images': f['images'][:].ravel().tolist(), 'ans': f['ans'][:].tolist(), 'allowed': f['allowed'][:].tolist(),
        'ids': f['ids'].asstr()[:].tolist(), 'ra': f['ra'][:].tolist(),
        'slugs': [s.decode() if isinstance(s, bytes) else s for s in f.attrs['class_slugs']],
        'types': [str(f[k].dtype) for k in ('images', 'ans', 'allowed', 'ra')]}))`
      const read = JSON.parse(execFileSync(python!, ['-c', script, path]).toString())
      expect(read).toEqual({
        images: [...batch.images],
        ans: [1, 255, 3],
        allowed: [2, 6, 8],
        ids: ['a', 'bé', 'c'],
        ra: [1.5, 2, 3],
        slugs: GALAXY10_DECALS.slugs,
        types: ['uint8', 'uint8', 'uint16', 'float64'],
      })
    },
  )
})

describe('writeGalaxy10 leaves nothing behind', () => {
  const refused = async (batches: Iterable<Galaxy10Batch>, path = folder.path('new.h5')) => {
    const error = await writeGalaxy10({ path, size: [4, 4], batches }).then(
      () => expect.unreachable('it was written'),
      (error: unknown) => error as { code: string; message: string },
    )
    expect(await readdir(folder.path())).toEqual([])
    return error
  }
  const images = new Uint8Array(2 * 48)

  it.each([
    ['a label out of range', { images, labels: [0, 10] }, /after picture 1 has the label 10; −1 … 9/],
    ['a mask out of range', { images, labels: [0, 1], allowed: [1, 1024] }, /the mask 1024/],
    ['pictures of another size', { images, labels: [0] }, /1 labels and 96 bytes/],
    ['a column of another length', { images, labels: [0, 1], ra: [1] }, /1 values of ra for 2 pictures/],
  ])('for %s', async (_, batch, message) => {
    const error = await refused([batch])
    expect(error.code).toBe('io.batch')
    expect(error.message).toMatch(message)
    expect(error.message).toContain('new.h5')
  })

  it('without pictures', async () => {
    expect((await refused([])).code).toBe('io.hdf5.empty')
  })

  it('in a folder that is not there', async () => {
    expect((await refused([], folder.path('absent', 'new.h5'))).code).toBe('io.not-found')
  })

  it('when the batches fail', async () => {
    function* failing(): Generator<Galaxy10Batch> {
      yield { images, labels: [0, 1] }
      throw new RangeError('no more light')
    }
    expect(await refused(failing())).toBeInstanceOf(RangeError)
  })

  it('when it is called off', async () => {
    const path = folder.path('new.h5')
    const batches = [{ images, labels: [0, 1] }]
    await expect(writeGalaxy10({ path, size: [4, 4], batches, signal: AbortSignal.abort() })).rejects.toThrow(
      /abort/i,
    )
    expect(await readdir(folder.path())).toEqual([])
  })

  it('of an older file only where the new one is whole', async () => {
    const path = folder.path('old.h5')
    await writeFile(path, 'old')
    await expect(
      writeGalaxy10({ path, size: [4, 4], batches: [{ images, labels: [0, 99] }] }),
    ).rejects.toThrow()
    expect(await readdir(folder.path())).toEqual(['old.h5'])
    await writeGalaxy10({ path, size: [4, 4], batches: [{ images, labels: [0, 1] }] })
    expect((await describeHdf5(path)).images.shape).toEqual([2, 4, 4, 3])
  })
})

/** Linux's files of the system, in whose folder nobody can create one. */
it.skipIf(!existsSync('/sys/kernel'))(
  'refuses a folder that cannot be written, before the first batch',
  async () => {
    let asked = false
    function* batches(): Generator<Galaxy10Batch> {
      asked = true
      yield { images: new Uint8Array(48), labels: [0] }
    }
    await mkdir(folder.path('x'))
    const writing = writeGalaxy10({ path: '/sys/kernel/new.h5', size: [4, 4], batches: batches() })
    await expect(writing).rejects.toMatchObject({
      code: 'io.permission',
      message: expect.stringContaining('/sys/kernel/new.h5'),
    })
    expect(asked).toBe(false)
  },
)
