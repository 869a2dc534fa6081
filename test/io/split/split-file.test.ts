import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type DatasetSplit,
  openSplitSource,
  readSplit,
  type SplitSource,
  splitDataset,
  writeSplit,
} from '../../../src/io/index.ts'
import { GALAXY10_DECALS } from '../../../src/survey/galaxy10.ts'

const length = 40
const source: SplitSource = {
  path: 'data/galaxies.h5',
  length,
  classes: GALAXY10_DECALS,
  labels: Int32Array.from({ length }, (_, row) => row % 4),
  ra: Float64Array.from({ length }, (_, row) => 9 * row),
  dec: Float64Array.from({ length }, (_, row) => row - 20),
  ids: Array.from({ length }, (_, row) => `galaxy ${row}`),
}
const split = splitDataset(source, { test: 0.2, val: 0.2, seed: 11 })

let folder: string
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-split-'))
  path = join(folder, 'split.json')
  await writeSplit(path, split)
})
afterAll(() => rm(folder, { recursive: true }))

async function variant(change: (split: Record<string, unknown>) => void): Promise<string> {
  const copy: Record<string, unknown> = JSON.parse(await readFile(path, 'utf8'))
  change(copy)
  const at = join(folder, 'variant.json')
  await writeFile(at, JSON.stringify(copy))
  return at
}

const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

describe('a split file', () => {
  it('comes back as it was written, and leaves no other file behind', async () => {
    expect(await readSplit(path, source)).toEqual(split)
    expect(await readdir(folder)).toContain('split.json')
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('is accepted for a copy of the data under another name', async () => {
    expect((await readSplit(path, { ...source, path: 'elsewhere/copy.h5' })).test).toEqual(split.test)
  })

  it('made from coordinates alone is accepted for the data with the same coordinates', async () => {
    const csv = join(folder, 'coordinates.csv')
    const rows = Array.from({ length }, (_, row) => `${row},${source.ra![row]},${source.dec![row]}`)
    await writeFile(csv, `,RA,DEC\n${rows.join('\n')}\n`)
    const fromCoordinates = splitDataset(await openSplitSource(csv), { test: 0.2, seed: 1 })
    const at = join(folder, 'from-coordinates.json')
    await writeSplit(at, fromCoordinates)
    expect(await readSplit(at, source)).toEqual(fromCoordinates)
  })

  it.each<[string, Partial<SplitSource>, RegExp]>([
    [
      'a label',
      { labels: source.labels!.with(3, 9) },
      /labels.*not those that were split.*made from galaxies.h5/,
    ],
    ['a position', { ra: source.ra!.with(3, 27.0000001) }, /ra, dec/],
    ['the order of the rows', { ids: [...source.ids!].reverse() }, /ids/],
    ['the number of rows', { length: 41 }, /of 40 rows, the data has 41/],
    ['the columns', { ra: undefined, dec: undefined }, /knows ra and dec, the data does not/],
  ])('is refused when %s changed', async (_, change, message) => {
    await expect(readSplit(path, { ...source, ...change })).rejects.toThrow(
      failure('split.data-changed', message),
    )
  })

  const rowsOf = (value: Record<string, unknown>) =>
    value as unknown as Record<'train' | 'val' | 'test', number[]>
  it.each<[string, (split: Record<string, unknown>) => void, RegExp]>([
    [
      'a row beyond the data',
      (value) => rowsOf(value).test.push(40),
      /"test" holds 40, which is no row of 40/,
    ],
    ['a negative row', (value) => rowsOf(value).test.push(-1), /holds -1/],
    ['half a row', (value) => rowsOf(value).test.push(0.5), /holds 0.5/],
    ['a row that is text', (value) => (value.test as unknown[]).push('1'), /holds "1"/],
    ['a row twice', (value) => rowsOf(value).test.push(rowsOf(value).test[0]!), /row \d+ twice/],
    [
      'a row in two parts',
      (value) => rowsOf(value).test.push(rowsOf(value).train[0]!),
      /is in "train" and in "test"/,
    ],
    ['a row in none', (value) => rowsOf(value).train.pop(), /39 of 40 rows/],
    ['no test', (value) => delete value.test, /"test" is not a list/],
    [
      'an empty part',
      (value) => {
        value.val = []
      },
      /"val" is not a list/,
    ],
    ['no hash', (value) => delete value.dataHash, /"dataHash"/],
    [
      'a hash of unknown columns',
      (value) => {
        value.hashed = ['colour']
      },
      /"hashed"/,
    ],
    [
      'a length that is no number',
      (value) => {
        value.length = '40'
      },
      /"length"/,
    ],
    ['no counts', (value) => delete value.counts, /"counts"/],
    [
      'a radius that is text',
      (value) => {
        value.groupRadius = '67'
      },
      /"groupRadius"/,
    ],
    [
      'another format',
      (value) => {
        value.format = 'coco'
      },
      /is no split/,
    ],
  ])('is refused with %s', async (_, change, message) => {
    await expect(readSplit(await variant(change), source)).rejects.toThrow(failure('split.damaged', message))
  })

  it.each([
    ['an empty file', '', /the file is empty/],
    ['text', 'train: 1, 2, 3', /not JSON/],
    ['half a file', JSON.stringify(split).slice(0, 500), /not JSON/],
    ['a list', '[1, 2]', /is no split/],
    ['null', 'null', /is no split/],
  ])('is refused when it is %s', async (_, text, message) => {
    const at = join(folder, 'foreign.json')
    await writeFile(at, text)
    await expect(readSplit(at, source)).rejects.toThrow(failure('split.damaged', message))
  })

  it('of a later version is refused by name', async () => {
    const later = await variant((value) => {
      value.version = 2
    })
    await expect(readSplit(later, source)).rejects.toThrow(failure('split.version', /version 2/))
  })

  it('that is not there is named', async () => {
    await expect(readSplit(join(folder, 'none.json'), source)).rejects.toThrow(
      failure('io.not-found', /none.json/),
    )
  })

  it('cannot be written where there is no folder', async () => {
    await expect(writeSplit(join(folder, 'no', 'split.json'), split satisfies DatasetSplit)).rejects.toThrow(
      failure('io.not-found', /split.json/),
    )
  })
})
