import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { importPictures } from '../../../src/io/catalogue/index.ts'
import { readPixelScales } from '../../../src/io/hdf5/read-pixel-scales.ts'
import { openDataset } from '../../../src/io/open-dataset.ts'
import { realData } from '../../data.ts'
import { picture } from '../pictures/make-pictures.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const root = temporaryFolder()
let made = 0

/** A folder of plain pictures, each of one grey value, and a catalogue of the rows given. */
async function source(pictures: Record<string, number | Buffer>, csv: string, name = `source${made++}`) {
  const folder = join(root, name)
  for (const [file, content] of Object.entries(pictures)) {
    const path = join(folder, file)
    mkdirSync(join(path, '..'), { recursive: true })
    const bytes =
      typeof content === 'number' ? await picture(8, 8, Buffer.alloc(192, content)).png().toBuffer() : content
    writeFileSync(path, bytes)
  }
  writeFileSync(`${folder}.csv`, csv)
  return { folder, catalogue: `${folder}.csv` }
}

async function readBack(path: string) {
  const dataset = await openDataset(path, { cacheDirectory: join(root, 'cache') })
  const pixels = new Uint8Array(dataset.length * dataset.height * dataset.width * 3)
  await dataset.read(Array.from(dataset.labels.keys()), pixels)
  await dataset.close()
  const bytes = dataset.height * dataset.width * 3
  return { ...dataset, dataset, grey: Array.from(dataset.labels, (_, i) => pixels[i * bytes]) }
}

describe('importPictures', () => {
  const out = () => join(root, `out${made++}.h5`)

  it('joins pictures and catalogue: labels, masks, ids, coordinates, in the order of the catalogue', async () => {
    const csv = 'file,galaxy10,allowed,ra,dec\nb.png,5,5,10.25,-3\nsub/a.png,,2|3|4,,\n"c,\nü.png",,,350,88\n'
    const path = out()
    const result = await importPictures({
      sources: [await source({ 'sub/a.png': 10, 'b.png': 20, 'c,\nü.png': 30, 'extra.png': 0 }, csv)],
      out: path,
    })
    expect(result).toEqual({ exact: 1, partial: 1, unknown: 1, refused: [], unlisted: 1 })
    const { dataset, grey } = await readBack(path)
    expect(grey).toEqual([20, 10, 30])
    expect([...dataset.labels]).toEqual([5, -1, -1])
    expect([...dataset.allowed!]).toEqual([1 << 5, 0b11100, 0])
    expect(dataset.ids).toEqual(['b.png', 'sub/a.png', 'c,\nü.png'])
    expect([...dataset.ra!]).toEqual([10.25, Number.NaN, 350])
    expect([...dataset.dec!]).toEqual([-3, Number.NaN, 88])
  })

  it('gives resized pictures the pixel scale of their new pixels, and others their own', async () => {
    const tall = await picture(16, 8, Buffer.alloc(384, 9)).png().toBuffer()
    const turned = await picture(16, 8, Buffer.alloc(384, 9))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    const csv =
      'file,galaxy10,pixscale\nsquare.png,1,0.262\ntall.png,1,0.1\nturned.jpg,1,0.2\nunknown.png,1,\n'
    const pictures = { 'square.png': 1, 'tall.png': tall, 'turned.jpg': turned, 'unknown.png': 2 }
    const path = out()
    await importPictures({ sources: [await source(pictures, csv)], size: [6, 3], out: path })
    const scales = [...(await readPixelScales(path))!]
    const expected = [(0.262 * 8) / 6, (0.1 * 8) / 3, (0.2 * 8) / 6]
    for (const [at, scale] of expected.entries()) expect(scales[at]).toBeCloseTo(scale, 12)
    expect(scales[3]).toBeNaN()
    const same = out()
    await importPictures({
      sources: [await source({ 'a.png': 1 }, 'file,pixscale\na.png,0.262\n')],
      out: same,
    })
    expect([...(await readPixelScales(same))!]).toEqual([0.262])
  })

  it('finds pictures by id where the catalogue names no files, and keeps ids of 64 bits', async () => {
    const id = '9223372036854775807'
    const path = out()
    await importPictures({
      sources: [await source({ [`deep/${id}.png`]: 7 }, `objid,label\n${id},1\n`)],
      out: path,
    })
    expect((await readBack(path)).dataset.ids).toEqual([id])
  })

  it('skips and lists pictures that are missing, broken or outside the folder', async () => {
    const whole = await picture(8, 8).png().toBuffer()
    const csv =
      'file,label\ngood.png,1\nabsent.png,2\ncut.png,3\n../../etc/passwd,4\nempty.png,5\ngood2.png,6\n'
    const pictures = {
      'good.png': 1,
      'cut.png': whole.subarray(0, 60),
      'empty.png': Buffer.alloc(0),
      'good2.png': 2,
    }
    const path = out()
    const progress: number[] = []
    const { exact, refused } = await importPictures({
      sources: [await source(pictures, csv)],
      out: path,
      onProgress: (done) => progress.push(done),
    })
    expect(exact).toBe(2)
    expect(refused.map(({ line, name, error }) => [line, name, error.code])).toEqual([
      [3, 'absent.png', 'io.not-found'],
      [4, 'cut.png', 'io.picture.corrupt'],
      [5, '../../etc/passwd', 'io.import.no-picture'],
      [6, 'empty.png', 'io.picture.empty'],
    ])
    expect(progress).toEqual([1, 2, 3, 4, 5, 6])
    expect([...(await readBack(path)).dataset.labels]).toEqual([1, 6])
  })

  it('makes ids unique over folders by as much of their paths as it takes', async () => {
    const csv = 'file,label\na.png,1\n'
    const sources = [
      await source({ 'a.png': 1 }, csv, 'x/train'),
      await source({ 'a.png': 2 }, csv, 'y/train'),
    ]
    const path = out()
    await importPictures({ sources, out: path })
    expect((await readBack(path)).dataset.ids).toEqual(['x/train/a.png', 'y/train/a.png'])
  })

  it('resizes to the size given', async () => {
    const path = out()
    await importPictures({
      sources: [await source({ 'a.png': 9 }, 'file\na.png\n')],
      out: path,
      size: [4, 6],
    })
    const { dataset, grey } = await readBack(path)
    expect([dataset.height, dataset.width, ...grey]).toEqual([4, 6, 9])
  })

  it.each([
    ['a label out of range', 'file,label\na.png,1\na2.png,10\n', 'io.catalogue.label', 'line 3'],
    ['a picture listed twice', 'file,label\na.png,1\na.png,2\n', 'io.catalogue.duplicate', 'lines 2 and 3'],
    ['an id listed twice', 'file,id\na.png,7\nb.png,7\n', 'io.catalogue.duplicate', 'lines 2 and 3'],
    ['no column to find pictures by', 'ra,dec\n1,2\n', 'io.catalogue.columns', 'Found: "ra", "dec"'],
    ['not one picture that can be read', 'file\nx.png\n', 'io.import.nothing', 'of 1 rows none'],
    ['no rows', 'file\n', 'io.import.nothing', 'of 0 rows'],
    ['pictures of several sizes', 'file\na.png\nlarge.png\n', 'io.import.size', 'large.png has 9×9'],
  ])('stops before or without writing anything at %s', async (_, csv, code, message) => {
    const large = await picture(9, 9).png().toBuffer()
    const path = out()
    const attempt = importPictures({
      sources: [await source({ 'a.png': 1, 'large.png': large }, csv)],
      out: path,
    })
    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    expect(existsSync(path)).toBe(false)
  })

  it('refuses pictures that one id could mean, and a file in the place of the folder', async () => {
    const twins = await source({ 'a/1.png': 1, 'b/1.png': 2 }, 'id\n1\n')
    await expect(importPictures({ sources: [twins], out: out() })).rejects.toMatchObject({
      code: 'io.import.ambiguous',
    })
    const file = { folder: twins.catalogue, catalogue: twins.catalogue }
    await expect(importPictures({ sources: [file], out: out() })).rejects.toMatchObject({
      code: 'io.not-a-folder',
    })
  })

  it('stops when it is told to, and leaves nothing behind', async () => {
    const from = await source({ 'a.png': 1, 'b.png': 2 }, 'file\na.png\nb.png\n')
    const controller = new AbortController()
    const before = readdirSync(root).length
    const attempt = importPictures({
      sources: [from],
      out: join(root, 'aborted.h5'),
      size: [8, 8],
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    })
    await expect(attempt).rejects.toThrow('enough')
    expect(readdirSync(root).length).toBe(before)
  })

  it('imports the DECaLS test pictures (skipped where data/decals is absent)', async ({ skip }) => {
    const folder = realData('decals', 'test')
    if (!folder) return skip()
    const path = out()
    const result = await importPictures({
      sources: [{ folder, catalogue: `${folder}.csv` }],
      size: [64, 64],
      out: path,
    })
    expect(result).toEqual({ exact: 99, partial: 0, unknown: 0, refused: [], unlisted: 0 })
    const { dataset } = await readBack(path)
    expect(dataset.ids?.[0]).toBe('d00008.jpg')
    expect(dataset.ra?.[0]).toBe(242.610651)
    const first = await sharp(readFileSync(join(folder, 'd00008.jpg')))
      .resize(64, 64)
      .raw()
      .toBuffer()
    const stored = new Uint8Array(64 * 64 * 3)
    const again = await openDataset(path, { cacheDirectory: join(root, 'cache') })
    await again.read([0], stored)
    await again.close()
    expect(Buffer.from(stored).equals(first)).toBe(true)
  })
})
