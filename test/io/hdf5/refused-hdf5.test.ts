import fs from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PureGalaxyError } from '../../../src/errors.ts'
import { openHdf5 } from '../../../src/io/hdf5/index.ts'
import { fixture, useFolder } from './fixtures.ts'

const folder = useFolder()

/** Everything that reaches the process's standard output and error, through whatever door. */
let printed: unknown[]
beforeEach(() => {
  printed = []
  const writeSync = fs.writeSync
  vi.spyOn(fs, 'writeSync').mockImplementation(((fd: number, ...rest: [Uint8Array]) => {
    if (fd !== 1 && fd !== 2) return writeSync(fd, ...rest)
    printed.push(rest)
    return rest[0].length
  }) as typeof fs.writeSync)
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...values) => void printed.push(values))
  }
})
afterEach(() => vi.restoreAllMocks())

/** Opens a file that must be refused, silently and without leaving anything behind. */
async function refusal(path: string): Promise<PureGalaxyError> {
  const cacheDirectory = folder.path('cache')
  const error = await openHdf5(path, { cacheDirectory }).then(
    () => expect.unreachable(`${path} was opened`),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(PureGalaxyError)
  expect((error as PureGalaxyError).message).toContain(path)
  expect(await readdir(cacheDirectory).catch(() => [])).toEqual([])
  expect(printed).toEqual([])
  return error as PureGalaxyError
}

describe('openHdf5 refuses', () => {
  it.each([
    ['lzf', 'io.hdf5.filter', /images is compressed with lzf \(HDF5 filter 32000\).*h5repack/],
    ['blosc', 'io.hdf5.filter', /blosc/],
    ['bitshuffle', 'io.hdf5.filter', /bitshuffle/],
    ['zstd', 'io.hdf5.filter', /zstd/],
    ['lzf-labels', 'io.hdf5.filter', /the data set labels is compressed with lzf/],
    ['float-images', 'io.hdf5.type', /type float32; uint8 was expected/],
    ['int16-images', 'io.hdf5.type', /type int16; uint8 was expected/],
    ['grey', 'io.hdf5.shape', /shape \(5, 8, 8\); \(N, height, width, 3\)/],
    ['four-channels', 'io.hdf5.shape', /shape \(2, 8, 8, 4\)/],
    ['no-pictures', 'io.hdf5.empty', /holds no pictures/],
    [
      'other-names',
      'io.hdf5.missing',
      /no data set of pictures.*It holds: cutouts \(5, 8, 8, 3, uint8\); morphology/,
    ],
    ['no-labels', 'io.hdf5.missing', /no data set of labels.*morphology \(5, int64\)/],
    ['empty-group', 'io.hdf5.missing', /It holds: nothing/],
    ['fewer-labels', 'io.hdf5.shape', /ans has shape \(4\); \(5\) was expected, one value for each picture/],
    ['label-out-of-range', 'io.hdf5.labels', /label 10 for picture 2; 0 … 9 was expected/],
    ['label-not-integer', 'io.hdf5.labels', /label 2.5 for picture 2/],
    ['label-strings', 'io.hdf5.type', /type string; integers/],
    ['mask-contradicts', 'io.hdf5.labels', /mask 2 for picture 0 with the label 0/],
    ['huge', 'io.hdf5.size', /1099511627776, 256, 256, 3.*cannot hold/],
    ['huge-side', 'io.hdf5.size', /at most 16384 pixels a side/],
    ['virtual', 'io.hdf5.virtual', /is virtual/],
  ])('%s', async (name, code, message) => {
    const error = await refusal(fixture(name))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })

  it('pictures that are a link to another file: the cache would not notice when that changes', async () => {
    const { File, ready } = await import('h5wasm/node')
    await ready
    const file = new File(folder.path('link.h5'), 'w')
    file.create_dataset({ name: 'ans', data: Uint8Array.from({ length: 5 }), dtype: '<B' })
    file.create_external_link(fixture('columns'), '/images', 'images')
    file.close()
    expect((await refusal(folder.path('link.h5'))).code).toBe('io.hdf5.virtual')
  })

  it('a file that is not there', async () => {
    expect((await refusal(folder.path('absent.h5'))).code).toBe('io.not-found')
  })

  it('an empty file', async () => {
    await writeFile(folder.path('empty.h5'), '')
    expect((await refusal(folder.path('empty.h5'))).code).toBe('io.empty')
  })

  it('a file of another kind with the name of an HDF5 file', async () => {
    await writeFile(folder.path('page.h5'), '<!DOCTYPE html><title>404</title>'.repeat(100))
    expect((await refusal(folder.path('page.h5'))).code).toBe('io.hdf5.signature')
  })

  it.each([0.99, 0.5, 0.1])('the first %f of a file', async (fraction) => {
    const whole = await readFile(fixture('gzip-shuffle-fletcher'))
    await writeFile(folder.path('cut.h5'), whole.subarray(0, Math.floor(whole.length * fraction)))
    const error = await refusal(folder.path('cut.h5'))
    expect(error.code).toBe('io.hdf5.truncated')
    expect(error.message).toMatch(/is truncated/)
  })

  it('a file whose compressed pictures are damaged, naming them', async () => {
    const bytes = await readFile(fixture('gzip-shuffle-fletcher'))
    // 0x78 begins a deflated chunk; the last one in the file is one of pictures.
    const chunk = bytes.lastIndexOf(Buffer.from([0x78, 0x5e]))
    expect(chunk).toBeGreaterThan(0)
    bytes.fill(0xff, chunk + 2, chunk + 12)
    await writeFile(folder.path('damaged.h5'), bytes)
    const error = await refusal(folder.path('damaged.h5'))
    expect(error.code).toBe('io.hdf5.corrupt')
    expect(error.message).toMatch(/the pictures 0 … 4 of the data set images cannot be read \(HDF5: /)
  })

  it('or reads, but never crashes on, a file with any one byte changed', async () => {
    const whole = await readFile(fixture('columns'))
    for (let at = 0; at < whole.length; at += 97) {
      const bytes = Buffer.from(whole)
      bytes[at]! ^= 0xff
      await writeFile(folder.path('changed.h5'), bytes)
      const cacheDirectory = folder.path(`cache-${at}`)
      const outcome = await openHdf5(folder.path('changed.h5'), { cacheDirectory }).then(
        (dataset) => dataset.close(),
        (error: unknown) => error,
      )
      if (outcome !== undefined) expect(outcome).toBeInstanceOf(PureGalaxyError)
    }
    expect(printed).toEqual([])
  })
})
