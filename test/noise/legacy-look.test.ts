import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { type LegacyLook, looksLikeLegacySurveys } from '../../src/noise/index.ts'
import { realData } from '../data.ts'

const genuine = realData('decals', 'train.csv')
const sdss = realData('galaxies', 'test.csv')
const imagenette = realData('imagenette', 'imagenette-128.tar')
const cifar = realData('cifar10', 'cifar10-jpeg-q75.tar.xz')

const SAMPLE = 200

/** Looks at pictures as one sample, at one size. */
async function look(files: readonly string[], side: number): Promise<LegacyLook> {
  const size = 3 * side * side
  const pictures = new Uint8Array(files.length * size)
  for (const [row, file] of files.entries()) {
    const pixels = await sharp(file).toColourspace('srgb').removeAlpha().resize(side, side).raw().toBuffer()
    pictures.set(pixels, row * size)
  }
  return looksLikeLegacySurveys(pictures, side, side)
}

function rows(table: string): string[] {
  return readFileSync(table, 'utf8').trim().split('\n').slice(1)
}

/** Files of a table whose rows contain a text. */
function filesOf(table: string, text: string): string[] {
  return rows(table)
    .filter((row) => row.includes(text))
    .map((row) => join(table.replace(/\.csv$/, ''), row.split(',')[0]!))
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** Every so many pictures of a tar file. */
function unpacked(tar: string, part: string, every: number): string[] {
  const names = execFileSync('tar', ['-tf', tar], { encoding: 'utf8', maxBuffer: 2 ** 26 })
    .split('\n')
    .filter((name) => name.startsWith(part) && /\.(webp|jpe?g)$/.test(name))
    .filter((_, i) => i % every === 0)
    .slice(0, SAMPLE)
  const folder = mkdtempSync(join(tmpdir(), 'puregalaxy-look-'))
  folders.push(folder)
  execFileSync('tar', ['-xf', tar, '-C', folder, ...names])
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(webp|jpe?g)$/.test(name))
    .map((name) => join(folder, name))
}

describe("the look of the Legacy Surveys' stretch", () => {
  it('is a border of the grey of empty sky: says what it measured', () => {
    const grey = new Uint8Array(5 * 3 * 64 * 64).fill(32)
    grey.fill(200, 3 * 64 * 64 * 4)
    expect(looksLikeLegacySurveys(grey, 64, 64)).toEqual({
      accepted: true,
      pictures: 5,
      share: 0.8,
      requiredShare: 0.8,
      sky: [32, 32, 32],
      expectedSky: expect.closeTo(32.4, 1),
      tolerance: 6,
    })
    grey.fill(0, 0, 3 * 64 * 64)
    expect(looksLikeLegacySurveys(grey, 64, 64)).toMatchObject({ accepted: false, share: 0.6 })
  })

  it('needs all channels to be grey', () => {
    const bluish = Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => [32, 32, 45][i % 3]!)
    expect(looksLikeLegacySurveys(bluish, 32, 32)).toMatchObject({ accepted: false, sky: [32, 32, 45] })
  })

  it('is not seen in no pictures', () => {
    expect(looksLikeLegacySurveys(new Uint8Array(0), 32, 32)).toMatchObject({ accepted: false, pictures: 0 })
  })

  it.skipIf(!genuine).each([256, 64])(
    'is seen in genuine Galaxy10 DECaLS pictures at %i pixels, in samples of five as well (skipped without decals data)',
    async (side) => {
      const files = filesOf(genuine!, 'Galaxy10 DECaLS')
      const { accepted, share, sky } = await look(files.slice(0, SAMPLE), side)
      expect(accepted).toBe(true)
      expect(share).toBeGreaterThan(0.97)
      for (const value of sky) expect(Math.abs(value - 32.4)).toBeLessThan(2)
      const looks: LegacyLook[] = []
      for (let from = 0; from < 300; from += 5) looks.push(await look(files.slice(from, from + 5), side))
      expect(looks.filter((each) => each.accepted).length / looks.length).toBeGreaterThanOrEqual(0.98)
    },
  )

  it.skipIf(!sdss)('is not seen in SDSS pictures (skipped without galaxies data)', async () => {
    const { accepted, share, sky } = await look(filesOf(sdss!, ',SDSS,').slice(0, SAMPLE), 256)
    expect({ accepted, share }).toEqual({ accepted: false, share: 0 })
    expect(Math.max(...sky)).toBeLessThan(10)
  })

  it.skipIf(!genuine)(
    'is not seen in pictures of the same survey with the stretch of Galaxy Zoo (skipped without decals data)',
    async () => {
      const others = rows(genuine!).filter((row) => !row.includes('Galaxy10 DECaLS'))
      const files = others.map((row) => join(genuine!.replace(/\.csv$/, ''), row.split(',')[0]!))
      const { accepted, share } = await look(files.slice(0, SAMPLE), 256)
      expect(accepted).toBe(false)
      expect(share).toBeLessThan(0.3)
    },
  )

  it.skipIf(!imagenette)('is not seen in photographs (skipped without imagenette data)', async () => {
    const { accepted, share, pictures } = await look(unpacked(imagenette!, 'val/', 15), 128)
    expect(pictures).toBeGreaterThan(150)
    expect(accepted).toBe(false)
    expect(share).toBeLessThan(0.1)
  })

  it.skipIf(!cifar)('is not seen in CIFAR-10 (skipped without cifar10 data)', async () => {
    const { accepted, share, pictures } = await look(unpacked(cifar!, 'test/', 40), 32)
    expect(pictures).toBeGreaterThan(150)
    expect(accepted).toBe(false)
    expect(share).toBeLessThan(0.1)
  })
})
