import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { openImageFolder } from '../../../src/io/imagenet/index.ts'
import type { ImageDataset } from '../../../src/io/types.ts'
import { realData } from '../../data.ts'
import { picture } from '../pictures/make-pictures.ts'
import { tarOf } from '../tar/archives.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const root = temporaryFolder()
let made = 0

const grey = (value: number, height = 8, width = 8) =>
  picture(height, width, Buffer.alloc(height * width * 3, value))
    .png()
    .toBuffer()

async function files(names: Record<string, number>): Promise<[name: string, content: Buffer][]> {
  return Promise.all(
    Object.entries(names).map(async ([name, value]) => [name, await grey(value)] as [string, Buffer]),
  )
}

function folderOf(entries: readonly (readonly [string, Buffer | string])[]): string {
  const folder = join(root, `folder${made++}`)
  mkdirSync(folder)
  for (const [file, content] of entries) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, file), content)
  }
  return folder
}

function archiveOf(bytes: Buffer): string {
  const path = join(root, `archive${made++}`)
  writeFileSync(path, bytes)
  return path
}

/** The first byte of each picture. */
async function values(dataset: ImageDataset, indices = Array.from(dataset.labels.keys())): Promise<number[]> {
  const size = dataset.height * dataset.width * 3
  const out = new Uint8Array(indices.length * size)
  await dataset.read(indices, out)
  return indices.map((_, i) => out[i * size]!)
}

const PARTS = {
  'train/b/2.png': 12,
  'train/b/1.png': 11,
  'train/a/x,\ny.png': 10,
  'val/a/v.png': 20,
  'val/b/w.png': 21,
}
const size = [4, 4] as const

describe('openImageFolder', () => {
  it('reads the same from a folder, a tar, a compressed tar and a tar with a folder around', async () => {
    const entries = await files(PARTS)
    const tar = await tarOf(entries)
    const wrapped = await tarOf(entries.map(([name, content]) => [`./around/${name}`, content] as const))
    const paths = [folderOf(entries), archiveOf(tar), archiveOf(gzipSync(tar)), archiveOf(wrapped)]
    for (const path of paths) {
      const dataset = await openImageFolder(path, { size, cacheDirectory: join(root, 'cache') })
      expect(dataset.classes).toEqual({ names: ['a', 'b'], slugs: ['a', 'b'] })
      expect(dataset.ids).toEqual(['a/x,\ny.png', 'b/1.png', 'b/2.png'])
      expect([...dataset.labels]).toEqual([0, 1, 1])
      expect(await values(dataset)).toEqual([10, 11, 12])
      expect(await values(dataset, [2, 0, 2, 1])).toEqual([12, 10, 12, 11])
      await dataset.close()
      const validation = await openImageFolder(path, {
        size,
        subset: 'val',
        cacheDirectory: join(root, 'cache'),
      })
      expect(await values(validation)).toEqual([20, 21])
      await validation.close()
    }
  })

  it('takes val for test where there is no test, and class folders alone for all', async () => {
    const dataset = await openImageFolder(folderOf(await files(PARTS)), { size, subset: 'test' })
    expect(dataset.ids).toEqual(['a/v.png', 'b/w.png'])
    const alone = await openImageFolder(folderOf(await files({ 'z/1.png': 1, 'y/1.png': 2 })), { size })
    expect([alone.classes.names, alone.length]).toEqual([['y', 'z'], 2])
  })

  it('numbers the classes of every part as in train', async () => {
    const dataset = await openImageFolder(
      folderOf(await files({ 'train/a/1.png': 1, 'train/c/1.png': 1, 'val/c/1.png': 3 })),
      { size, subset: 'val' },
    )
    expect([dataset.classes.names, [...dataset.labels]]).toEqual([['a', 'c'], [1]])
  })

  it('resizes the shorter side to 256/224 and cuts out the centre, at 224 by default', async () => {
    const wide = Buffer.alloc(256 * 512 * 3)
    for (let i = 0; i < 256 * 512; i++) wide.fill((i % 512) / 2, 3 * i, 3 * i + 3)
    const bytes = await picture(256, 512, wide).png().toBuffer()
    const dataset = await openImageFolder(folderOf([['a/1.png', bytes]]))
    const out = new Uint8Array(224 * 224 * 3)
    await dataset.read([0], out)
    // Columns 144 to 367 of 512, as grey values of half of that.
    expect([dataset.height, out[0], out[223 * 3]]).toEqual([224, 72, 183])
  })

  it('changes its hash with the names, and not with where it lies', async () => {
    const entries = await files(PARTS)
    const hash = async (path: string) => (await openImageFolder(path, { size })).hash
    const expected = await hash(folderOf(entries))
    expect(await hash(folderOf(entries))).toBe(expected)
    expect(await hash(folderOf(entries.slice(1)))).not.toBe(expected)
  })

  it('follows linked class folders and leaves out hidden files and other formats', async () => {
    const folder = folderOf([
      ...(await files({ 'a/1.png': 1, 'a/.2.png': 2 })),
      ['a/notes.txt', 'x'],
      ['.git/3.png', 'x'],
    ])
    symlinkSync('a', join(folder, 'b'))
    symlinkSync('nowhere', join(folder, 'c'))
    const dataset = await openImageFolder(folder, { size })
    expect(dataset.ids).toEqual(['a/1.png', 'b/1.png'])
  })

  it('names the picture that is broken or gone when it is read, and reads the others', async () => {
    const folder = folderOf([
      ...(await files({ 'a/1.png': 1, 'a/2.png': 2 })),
      ['a/3.png', (await grey(3)).subarray(0, 60)],
    ])
    const dataset = await openImageFolder(folder, { size })
    await expect(values(dataset, [0, 2])).rejects.toMatchObject({
      code: 'io.picture.corrupt',
      message: expect.stringContaining(join(folder, 'a/3.png')),
    })
    rmSync(join(folder, 'a/2.png'))
    await expect(values(dataset, [1])).rejects.toMatchObject({
      code: 'io.not-found',
      message: expect.stringContaining('a/2.png'),
    })
    expect(await values(dataset, [0])).toEqual([1])
    await expect(values(dataset, [3])).rejects.toMatchObject({ code: 'io.index' })
    await expect(dataset.read([0, 1], new Uint8Array(95))).rejects.toMatchObject({ code: 'io.buffer-size' })
  })

  it('lists 1,000 classes without looking at the pictures', async () => {
    const folder = join(root, 'many')
    mkdirSync(folder)
    for (let k = 0; k < 1000; k++) {
      const path = join(folder, `n${String(k).padStart(8, '0')}`)
      mkdirSync(path)
      for (let i = 0; i < 5; i++) writeFileSync(join(path, `${i}.JPEG`), '')
    }
    const dataset = await openImageFolder(folder, { size })
    expect([dataset.length, dataset.classes.names.length, dataset.labels[4_999]]).toEqual([5_000, 1_000, 999])
  })
})

describe('openImageFolder refuses', () => {
  it.each<
    [what: string, code: string, mentions: string, path: () => Promise<string> | string, subset?: string]
  >([
    [
      'pictures without class folders',
      'io.image-folder.layout',
      '1 pictures without class folders',
      async () => folderOf(await files({ '1.png': 1 })),
    ],
    ['an empty folder', 'io.image-folder.layout', 'no folders', () => folderOf([])],
    [
      'class folders without pictures',
      'io.image-folder.empty',
      'not one picture',
      () =>
        folderOf([
          ['a/notes.txt', 'x'],
          ['b/notes.txt', 'x'],
        ]),
    ],
    [
      'a part that is not there',
      'io.image-folder.subset',
      'Found: train, val',
      async () => folderOf(await files(PARTS)),
      'extra',
    ],
    [
      'a part where there are none',
      'io.image-folder.no-parts',
      'does not come in parts',
      async () => folderOf(await files({ 'a/1.png': 1, 'b/1.png': 1 })),
      'val',
    ],
    [
      'a class that train lacks',
      'io.image-folder.classes',
      '"c"',
      async () => folderOf(await files({ 'train/a/1.png': 1, 'val/c/1.png': 1 })),
      'val',
    ],
    ['a file that is no tar', 'io.format', 'no tar', () => archiveOf(Buffer.from('hello'))],
    [
      'a cut tar',
      'io.archive',
      'archive',
      async () => archiveOf((await tarOf(await files(PARTS))).subarray(0, 1500)),
    ],
    [
      'a cut compressed tar',
      'io.archive',
      'archive',
      async () => archiveOf(gzipSync(await tarOf(await files(PARTS))).subarray(0, 300)),
    ],
    ['a path that is not there', 'io.not-found', 'absent', () => join(root, 'absent')],
  ])('%s (%s)', async (_, code, mentions, makePath, subset) => {
    const attempt = openImageFolder(await makePath(), { size, subset, cacheDirectory: join(root, 'cache') })
    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringContaining(mentions) })
    expect(
      (await readdir(join(root, 'cache')).catch(() => [])).filter((name) => name.endsWith('.tmp')),
    ).toEqual([])
  })
})

describe('imagenette', () => {
  const real = realData('imagenette', 'imagenette-128.tar')
  it.skipIf(!real)(
    'has 9,469 and 3,925 pictures of ten classes (skipped where data/imagenette is absent)',
    async () => {
      const train = await openImageFolder(real!, { size: [128, 128] })
      const validation = await openImageFolder(real!, { size: [64, 64], subset: 'val' })
      expect([train.length, validation.length, train.classes.names.length]).toEqual([9_469, 3_925, 10])
      expect(validation.classes).toEqual(train.classes)
      expect(train.classes.names[0]).toBe('n01440764')
      await Promise.all([values(train, [0, 9_468, 5_000]), values(validation, [3_924, 0])])
      await Promise.all([train.close(), validation.close()])
    },
  )

  it.skipIf(!real)(
    'gives the pixels that sharp gives of the member that tar finds (skipped where it is absent)',
    async () => {
      const dataset = await openImageFolder(real!, { size: [112, 112], subset: 'val' })
      const id = dataset.ids![7]!
      const archive = readFileSync(real!)
      const header = archive.indexOf(Buffer.from(`val/${id}\0`))
      const length = Number.parseInt(archive.toString('latin1', header + 124, header + 135), 8)
      const expected = await sharp(archive.subarray(header + 512, header + 512 + length))
        .resize(128, 128)
        .extract({ left: 8, top: 8, width: 112, height: 112 })
        .raw()
        .toBuffer()
      const out = new Uint8Array(112 * 112 * 3)
      await dataset.read([7], out)
      await dataset.close()
      expect(Buffer.from(out).equals(expected)).toBe(true)
    },
  )
})
