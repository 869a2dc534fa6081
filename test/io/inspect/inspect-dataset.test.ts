import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  formatInspection,
  inspectDataset,
  openDataset,
  openSplitSource,
  readSplit,
  splitDataset,
  writeSplit,
} from '../../../src/io/index.ts'
import { realData } from '../../data.ts'
import { ROWS, SIZE, writeSmallGalaxy10 } from './small-galaxy10.ts'

const coordinates = realData('galaxy10', 'galaxy10-decals-coordinates.csv')

let folder: string
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-inspect-'))
  path = join(folder, 'galaxies.h5')
  await writeSmallGalaxy10(path)
})
afterAll(() => rm(folder, { recursive: true }))

describe('inspectDataset', () => {
  it('says how the pictures of an HDF5 file are stored', async () => {
    const inspection = await inspectDataset(path)
    expect(inspection.images).toEqual([ROWS, SIZE, SIZE, 3])
    expect(inspection.chunks?.slice(1)).toEqual([SIZE, SIZE, 3])
    expect(inspection.filters).toEqual(['deflate'])
    expect(inspection.datasets.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['images', 'ans', 'allowed', 'ids', 'ra', 'dec', 'redshift']),
    )
  })

  it('counts exact and partial labels and rows of which nothing is known', async () => {
    const { classes, partial, unlabelled } = await inspectDataset(path)
    expect(classes).toHaveLength(10)
    expect(classes.every(({ count }) => count === 2)).toBe(true)
    expect(classes[2]).toEqual({ label: 2, slug: 'round_smooth', name: 'Round Smooth', count: 2 })
    expect(partial).toEqual([
      { classes: ['round_smooth', 'in_between_round_smooth', 'cigar_shaped_smooth'], count: 6 },
    ])
    expect(unlabelled).toBe(4)
  })

  it('says where on the sky the rows lie, which stand together, and what is known of their redshift', async () => {
    const inspection = await inspectDataset(path)
    expect(inspection).toMatchObject({ groups: 29, duplicatePositions: 1, groupRadius: 67 })
    expect(inspection.sky).toMatchObject({ ra: { known: 29, min: 0, max: 280 }, north: 16, south: 13 })
    expect(inspection.redshift).toEqual({ known: 25, min: 0.05, median: 0.17, max: 0.29 })
    expect(inspection.pixelScale).toBeNull()
  })

  it('makes no cache, and can be written as JSON', async () => {
    const inspection = await inspectDataset(path)
    expect(JSON.parse(JSON.stringify(inspection))).toEqual(inspection)
    expect(await readdir(folder)).toEqual(['galaxies.h5'])
  })

  it.skipIf(!coordinates)(
    'knows both parts of Galaxy10 DECaLS from its coordinates (real coordinates)',
    async () => {
      const inspection = await inspectDataset(coordinates!)
      expect(inspection).toMatchObject({ format: 'csv', images: null, groups: 17504, duplicatePositions: 59 })
      expect(inspection.sky!.north / inspection.length).toBeCloseTo(0.364, 3)
    },
  )

  it('knows an HDF5 file by its content where its name does not say so', async () => {
    const unnamed = join(folder, 'unnamed')
    await copyFile(path, unnamed)
    expect((await inspectDataset(unnamed)).format).toBe('hdf5')
    await rm(unnamed)
  })

  it('names a file that is not there', async () => {
    await expect(inspectDataset(join(folder, 'none.h5'))).rejects.toThrow(
      expect.objectContaining({ code: 'io.not-found', message: expect.stringContaining('none.h5') }),
    )
  })

  it('refuses text under the name of an HDF5 file', async () => {
    const text = join(folder, 'text.h5')
    await writeFile(text, 'not HDF5 at all')
    await expect(inspectDataset(text)).rejects.toThrow(expect.objectContaining({ code: 'io.hdf5.signature' }))
    await rm(text)
  })
})

describe('formatInspection', () => {
  it('shows every fact that is there, and none that is not', async () => {
    const text = formatInspection(await inspectDataset(path))
    expect(text).toContain('30 × 16 × 16 × 3')
    expect(text).toMatch(/2 Round Smooth +2 +6\.7 %/)
    expect(text).toMatch(/repeated positions +1\n/)
    expect(text).toContain('29 within 67 arcsec')
    expect(text).not.toContain('pixel scale')
    expect(text).not.toMatch(/undefined|null|NaN/)
  })
})

describe('a split of an HDF5 file', () => {
  it('made from its columns is accepted for the opened data set', async () => {
    const split = splitDataset(await openSplitSource(path), { test: 0.3, seed: 1 })
    const file = join(folder, 'split.json')
    await writeSplit(file, split)
    const dataset = await openDataset(path, { size: [8, 8], cacheDirectory: folder })
    expect(await readSplit(file, dataset)).toEqual(split)
    expect(split).toMatchObject({ groups: 29, duplicatePositions: 1, withoutPosition: 1 })
    await dataset.close()
  })
})
