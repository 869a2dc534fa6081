import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catalogueLabels, readCatalogue } from '../../../src/io/catalogue/index.ts'
import { GALAXY10_DECALS } from '../../../src/survey/galaxy10.ts'
import { realData } from '../../data.ts'
import { temporaryFolder } from '../temporary-folder.ts'

describe('catalogueLabels', () => {
  const path = join(temporaryFolder(), 'labels.csv')
  const labelsOf = async (label: string, allowed: string) => {
    writeFileSync(path, `file,galaxy10,allowed\na.png,${label},${allowed}\n`)
    const found = catalogueLabels(await readCatalogue(path), GALAXY10_DECALS)
    return [found.labels[0], found.allowed[0]]
  }

  it.each([
    ['an exact class', '5', '5', 5, 1 << 5],
    ['an exact class alone', '0', '', 0, 1],
    ['an exact class among several', '3', '2|3|4', 3, 1 << 3],
    ['a class as programs write whole numbers', '5.0', '', 5, 1 << 5],
    ['a class by its slug', 'edge_on_with_bulge', '', 9, 1 << 9],
    ['a class by its name', 'Round Smooth', '', 2, 1 << 2],
    ['a partial label', '', '2|3|4', -1, 0b11100],
    ['a partial label of two', '', '7|8', -1, 0b110000000],
    ['one class admitted, which is exact', '', '6', 6, 1 << 6],
    ['nothing known', '', '', -1, 0],
    ['nothing known, in words', 'NaN', 'none', -1, 0],
  ])('reads %s', async (_, label, allowed, expectedLabel, expectedMask) => {
    expect(await labelsOf(label, allowed)).toEqual([expectedLabel, expectedMask])
  })

  it.each([
    ['10', ''],
    ['-1', ''],
    ['3.5', ''],
    ['spiral', ''],
    ['', '2|10'],
    ['', '2||3'],
    ['', '2,3'.replace(',', ';')],
    ['1', '2|3'],
  ])('refuses galaxy10 %j with allowed %j, naming line and value', async (label, allowed) => {
    await expect(labelsOf(label, allowed)).rejects.toMatchObject({
      code: 'io.catalogue.label',
      message: expect.stringMatching(/labels\.csv, line 2: /),
    })
  })

  it('counts the classes of the real galaxies (skipped where the data are absent)', async ({ skip }) => {
    const real = realData('galaxies', 'train.csv')
    if (!real) return skip()
    const { labels, allowed } = catalogueLabels(await readCatalogue(real), GALAXY10_DECALS)
    const counts = GALAXY10_DECALS.slugs.map((_, k) => labels.filter((label) => label === k).length)
    // The table of the data's README.
    expect(counts).toEqual([6, 188, 681, 713, 134, 31, 16, 24, 35, 75])
    const partial = [0b11100, 0b11100000, 0b1100000000].map(
      (mask) => allowed.filter((m) => m === mask).length,
    )
    expect(partial).toEqual([3_243, 1_553, 947])
  })
})
