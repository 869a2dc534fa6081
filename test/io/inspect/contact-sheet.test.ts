import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readHdf5Pictures } from '../../../src/io/hdf5/index.ts'
import { renderContactSheet, writeContactSheet } from '../../../src/io/index.ts'
import { writeSmallGalaxy10 } from './small-galaxy10.ts'

let folder: string
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-sheet-'))
  path = join(folder, 'galaxies.h5')
  await writeSmallGalaxy10(path)
})
afterAll(() => rm(folder, { recursive: true }))

/** Red of a pixel of a sheet. */
async function reds(sheet: Uint8Array) {
  const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true })
  return { info, at: (x: number, y: number) => data[(y * info.width + x) * info.channels]! }
}

describe('renderContactSheet', () => {
  it('puts the pictures of each class in a row of their own', async () => {
    const { info, at } = await reds(await renderContactSheet(path, 'png', { perClass: 2, tile: 32 }))
    const left = info.width - 2 * 36
    // Ten classes, the smooth ones together, the unknown ones; four pixels between rows. Labels of four lines are
    // higher than a tile.
    for (let label = 0; label < 3; label++) {
      const middle = 4 + label * 36 + 16
      const row = at(left + 16, middle) / 8
      expect(row % 10).toBe(label)
      expect(at(left + 36 + 16, middle) / 8).toBe(row + 10)
    }
  })

  it('writes names beside them', async () => {
    const { info, at } = await reds(await renderContactSheet(path, 'png', { perClass: 2, tile: 32 }))
    const left = info.width - 2 * 36
    let bright = 0
    for (let y = 4; y < 20; y++) for (let x = 0; x < left; x++) if (at(x, y) > 128) bright++
    // "Disturbed" has nine letters, each of some ten bright pixels.
    expect(bright).toBeGreaterThan(60)
  })

  it('shows the same samples for the same seed', async () => {
    const sheet = (seed: number) => renderContactSheet(path, 'png', { perClass: 1, tile: 16, seed })
    expect(await sheet(3)).toEqual(await sheet(3))
    expect(await sheet(3)).not.toEqual(await sheet(4))
  })

  it.each([{ perClass: 0 }, { perClass: 51 }, { tile: 8 }, { tile: 20.5 }])('refuses %o', async (options) => {
    await expect(renderContactSheet(path, 'png', options)).rejects.toThrow(
      expect.objectContaining({ code: 'inspect.option' }),
    )
  })

  it('says that a list of coordinates has no pictures', async () => {
    const csv = join(folder, 'coordinates.csv')
    await writeFile(csv, 'ra,dec\n1,2\n')
    await expect(renderContactSheet(csv, 'png')).rejects.toThrow(
      expect.objectContaining({ code: 'inspect.no-pictures' }),
    )
  })
})

describe('writeContactSheet', () => {
  it.each([
    ['sheet.png', 'png'],
    ['sheet.WEBP', 'webp'],
  ])('writes %s as its name says', async (name, format) => {
    const out = join(folder, name)
    await writeContactSheet(path, out, { perClass: 1, tile: 16 })
    expect((await sharp(await readFile(out)).metadata()).format).toBe(format)
  })

  it('refuses any other ending', async () => {
    await expect(writeContactSheet(path, join(folder, 'sheet.jpg'))).rejects.toThrow(/\.png or \.webp/)
  })
})

describe('readHdf5Pictures', () => {
  it('reads rows in the order asked for, also twice', async () => {
    const { pictures, height, width } = await readHdf5Pictures(path, [29, 3, 29, 0])
    expect([height, width]).toEqual([16, 16])
    expect(pictures.map((picture) => picture[0]! / 8)).toEqual([29, 3, 29, 0])
  })
})
