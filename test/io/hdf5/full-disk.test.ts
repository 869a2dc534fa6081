import { randomFillSync } from 'node:crypto'
import { copyFile, readdir, writeFile } from 'node:fs/promises'
import { expect, it, vi } from 'vitest'
import { type Galaxy10Batch, openHdf5, writeGalaxy10 } from '../../../src/io/hdf5/index.ts'
import { useSmallDisk } from '../small-disk.ts'
import { fixture, useFolder } from './fixtures.ts'

const folder = useFolder()
const mountSmallDisk = useSmallDisk()

it('writeGalaxy10 names the file when the disk fills up, removes what it wrote, and can write elsewhere after', async (test) => {
  const disk = folder.path('disk')
  if (!(await mountSmallDisk(disk))) test.skip('this user may not mount a small disk')
  const noise = (): Galaxy10Batch => ({
    images: randomFillSync(new Uint8Array(10 * 64 * 64 * 3)),
    labels: new Uint8Array(10),
  })
  const path = folder.path('disk', 'large.h5')
  const writing = writeGalaxy10({ path, size: [64, 64], batches: Array.from({ length: 40 }, noise) })
  await expect(writing).rejects.toMatchObject({
    code: 'io.no-space',
    message: expect.stringMatching(/large\.h5: no space left.*Free some space/),
  })
  expect(await readdir(disk)).toEqual([])
  expect(await writeGalaxy10({ path: folder.path('large.h5'), size: [64, 64], batches: [noise()] })).toBe(10)
})

it('openHdf5 caches elsewhere where the disk of the file is full', async (test) => {
  const disk = folder.path('disk')
  if (!(await mountSmallDisk(disk))) test.skip('this user may not mount a small disk')
  vi.stubEnv('PUREGALAXY_CACHE', folder.path('user'))
  const source = folder.path('disk', 'train.h5')
  await copyFile(fixture('gzip-shuffle-fletcher'), source)
  await writeFile(folder.path('disk', 'filler'), new Uint8Array(1024 * 1024)).catch(() => undefined)
  const dataset = await openHdf5(source).finally(() => vi.unstubAllEnvs())
  await dataset.close()
  expect(await readdir(folder.path('user', 'pictures'))).toHaveLength(1)
  expect((await readdir(disk)).sort()).toEqual(['filler', 'train.h5'])
})
