import {
  appendFile,
  chmod,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PIXELS_OFFSET } from '../../../src/io/cache/format.ts'
import { type FlatCacheRequest, openFlatCache, type PictureProducer } from '../../../src/io/cache/index.ts'
import { useFolder } from '../hdf5/fixtures.ts'

const folder = useFolder()
beforeEach(async () => {
  await mkdir(folder.path('data'))
  await writeFile(source(), 'pictures')
  vi.stubEnv('PUREGALAXY_CACHE', folder.path('user'))
})
afterEach(() => vi.unstubAllEnvs())
const source = () => folder.path('data', 'train.h5')

/** Picture i is filled with i modulo 251. */
const picture = (i: number, bytes: number) => new Uint8Array(bytes).fill(i % 251)

const producing =
  (count: number, bytes: number, batch = 4): PictureProducer =>
  async (sink) => {
    for (let first = 0; first < count; first += batch) {
      const indices = Array.from({ length: Math.min(batch, count - first) }, (_, i) => first + i)
      await sink.append(Buffer.concat(indices.map((i) => picture(i, bytes))))
    }
    return { labels: [1, 2, 3] }
  }

const request = (changes: Partial<FlatCacheRequest> = {}): FlatCacheRequest => ({
  source: source(),
  recipe: 'test 1',
  height: 4,
  width: 2,
  produce: producing(10, 24),
  ...changes,
})
const caches = async (...parts: string[]) =>
  (await readdir(folder.path(...parts))).filter((name) => name !== 'train.h5')
const neverProduce: PictureProducer = () => expect.unreachable('the pictures were decoded again')

describe('a flat cache', () => {
  it('gives the pictures at any indices, in their order', async () => {
    let run = 0
    const size = { height: fc.integer({ min: 1, max: 20 }), width: fc.integer({ min: 1, max: 20 }) }
    const indices = fc.array(fc.nat(), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(
        fc.record(size),
        fc.integer({ min: 1, max: 300 }),
        indices,
        async ({ height, width }, count, drawn) => {
          const bytes = height * width * 3
          const produce = producing(count, bytes, 7)
          const cache = await openFlatCache(request({ recipe: `run ${run++}`, height, width, produce }))
          // Neighbours, which are read together, and single pictures.
          const asked = [...drawn.map((n) => n % count), ...Array.from({ length: count }, (_, i) => i)]
          const out = new Uint8Array(asked.length * bytes)
          await cache.read(asked, out)
          await cache.close()
          expect(Buffer.compare(out, Buffer.concat(asked.map((i) => picture(i, bytes))))).toBe(0)
        },
      ),
      { numRuns: 25, seed: 1 },
    )
  })

  it('lies beside its source and is built once', async () => {
    await (await openFlatCache(request())).close()
    const again = await openFlatCache(request({ produce: neverProduce }))
    await again.close()
    expect(await caches('data')).toEqual([expect.stringMatching(/^train\.h5\.[0-9a-f]{16}\.pgcache$/)])
    expect(again.count).toBe(10)
    expect(again.extra).toEqual({ labels: [1, 2, 3] })
  })

  it('lies in the folder that is asked for', async () => {
    const cache = await openFlatCache(request({ cacheDirectory: folder.path('elsewhere', 'deep') }))
    await cache.close()
    expect(await caches('data')).toEqual([])
    expect(await caches('elsewhere', 'deep')).toHaveLength(1)
  })

  it('is found again when its source is moved along with it', async () => {
    await (await openFlatCache(request())).close()
    await rename(folder.path('data'), folder.path('moved'))
    const moved = request({ source: folder.path('moved', 'train.h5'), produce: neverProduce })
    await (await openFlatCache(moved)).close()
  })

  it('refuses indices out of range, short buffers, and reading after it is closed', async () => {
    const cache = await openFlatCache(request())
    const out = new Uint8Array(48)
    for (const index of [-1, 10, 1.5, Number.NaN]) {
      await expect(cache.read([0, index], out)).rejects.toMatchObject({ code: 'io.index' })
    }
    await expect(cache.read([0, 1, 2], out)).rejects.toMatchObject({ code: 'io.buffer-size' })
    await cache.close()
    await cache.close()
    await expect(cache.read([0], out)).rejects.toMatchObject({ code: 'io.closed' })
  })
})

describe('a cache is built again', () => {
  const buildAgain = async () => {
    const produce = vi.fn(producing(10, 24))
    const cache = await openFlatCache(request({ produce }))
    const out = new Uint8Array(24)
    await cache.read([7], out)
    await cache.close()
    expect(out).toEqual(picture(7, 24))
    expect(produce).toHaveBeenCalledOnce()
    expect(await caches('data')).toHaveLength(1)
  }
  const built = async () => {
    await (await openFlatCache(request())).close()
    return folder.path('data', (await caches('data'))[0]!)
  }

  it('when the source has changed, and the old one is removed', async () => {
    await built()
    await appendFile(source(), 'more')
    await buildAgain()
  })

  it('when the source was rewritten in the same size', async () => {
    await built()
    await utimes(source(), 1, 1)
    await buildAgain()
  })

  it.each([
    ['its magic number', 0],
    ['its version', 8],
    ['its header', 60],
    ['its checksums', PIXELS_OFFSET + 10 * 24 + 5],
    ['what is kept beside the pictures', PIXELS_OFFSET + 10 * 24 + 10 * 8 + 3],
  ])('when %s is damaged', async (_, position) => {
    const handle = await open(await built(), 'r+')
    const byte = Buffer.alloc(1)
    await handle.read(byte, 0, 1, position)
    await handle.write(Buffer.from([byte[0]! ^ 0x55]), 0, 1, position)
    await handle.close()
    await buildAgain()
  })

  it.each([0, 100, PIXELS_OFFSET, PIXELS_OFFSET + 200])(
    'when only %i bytes of it are left',
    async (length) => {
      await truncate(await built(), length)
      await buildAgain()
    },
  )

  it('after a picture did not match its checksum', async () => {
    const handle = await open(await built(), 'r+')
    await handle.write(Buffer.from([99]), 0, 1, PIXELS_OFFSET + 7 * 24)
    await handle.close()
    const cache = await openFlatCache(request({ produce: neverProduce }))
    const out = new Uint8Array(24 * 2)
    await cache.read([6, 5], out)
    const failing = cache.read([6, 7], out)
    await expect(failing).rejects.toMatchObject({
      code: 'io.cache-damaged',
      message: expect.stringMatching(/picture 7 .*run the command again/),
    })
    await cache.close()
    await buildAgain()
  })
})

describe('housekeeping', () => {
  it('keeps other sizes of the same source, and removes all when the source has changed', async () => {
    for (const height of [4, 5, 6])
      await (await openFlatCache(request({ height, produce: producing(3, height * 6) }))).close()
    expect(await caches('data')).toHaveLength(3)
    await appendFile(source(), 'more')
    await (await openFlatCache(request())).close()
    expect(await caches('data')).toHaveLength(1)
  })

  it('keeps caches of other files, and removes only what killed builders have left for minutes', async () => {
    const other = folder.path('data', 'train.h5.old')
    await writeFile(other, 'other')
    await (await openFlatCache(request({ source: other }))).close()
    const leftover = `.train.h5.${'0'.repeat(16)}.pgcache.123-abcd0123.tmp`
    const fresh = leftover.replace('123-', '124-')
    await writeFile(folder.path('data', leftover), 'half')
    await utimes(folder.path('data', leftover), 1, 1)
    await writeFile(folder.path('data', fresh), 'half')
    await appendFile(source(), 'more')
    await (await openFlatCache(request())).close()
    const left = await caches('data')
    expect(left).not.toContain(leftover)
    expect(left).toContain(fresh)
    expect(left.filter((name) => name.startsWith('train.h5.old.'))).toHaveLength(1)
  })
})

describe('a build that fails leaves nothing behind', () => {
  const failing = async (changes: Partial<FlatCacheRequest>) => {
    const error = await openFlatCache(request(changes)).then(
      () => expect.unreachable('it was built'),
      (error: unknown) => error,
    )
    expect(await caches('data')).toEqual([])
    return error
  }

  it('when the producer throws', async () => {
    const produce: PictureProducer = async (sink) => {
      await sink.append(picture(0, 24))
      throw new TypeError('broken')
    }
    expect(await failing({ produce })).toBeInstanceOf(TypeError)
  })

  it('when it is called off', async () => {
    const controller = new AbortController()
    const onProgress = (done: number) => done >= 8 && controller.abort()
    expect(await failing({ signal: controller.signal, onProgress })).toMatchObject({ name: 'AbortError' })
  })

  it('when there are fewer pictures than expected', async () => {
    expect(await failing({ count: 11 })).toMatchObject({
      code: 'io.count',
      message: expect.stringMatching(/11 .* 10 /),
    })
  })

  it('when there is no space, before anything is decoded', async () => {
    const error = await failing({ count: 1e12, produce: neverProduce })
    expect(error).toMatchObject({
      code: 'io.no-space',
      message: expect.stringMatching(/train\.h5 need .* GB .* free.*PUREGALAXY_CACHE/),
    })
  })

  it('when the source is not there', async () => {
    await rm(source())
    expect(await failing({})).toMatchObject({ code: 'io.not-found' })
  })
})

it('goes to the user’s cache folder where this user may not write beside the source', async () => {
  await chmod(folder.path(), 0o755)
  await mkdir(folder.path('user'))
  await chmod(folder.path('user'), 0o777)
  await chmod(folder.path('data'), 0o555)
  // Root may write everywhere, so be nobody for a moment.
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid!(65534)
  try {
    await (await openFlatCache(request())).close()
    await (await openFlatCache(request({ produce: neverProduce }))).close()
  } finally {
    if (isRoot) process.seteuid!(0)
  }
  expect(await caches('data')).toEqual([])
  expect(await caches('user', 'pictures')).toHaveLength(1)
})
