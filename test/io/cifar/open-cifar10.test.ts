import { mkdirSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { CIFAR10, isCifar10, openCifar10 } from '../../../src/io/cifar/index.ts'
import { readTarStream } from '../../../src/io/tar/index.ts'
import type { ImageDataset } from '../../../src/io/types.ts'
import { realData } from '../../data.ts'
import { picture } from '../pictures/make-pictures.ts'
import { tarOf } from '../tar/archives.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const root = temporaryFolder()
const cacheDirectory = join(root, 'cache')
let made = 0

/** Record k of a batch: class k mod 10; red is k + column, green k + row, blue k. */
function record(k: number): Buffer {
  const bytes = Buffer.alloc(3073)
  bytes[0] = k % 10
  for (let p = 0; p < 1024; p++) {
    bytes[1 + p] = k + (p % 32)
    bytes[1025 + p] = k + Math.floor(p / 32)
    bytes[2049 + p] = k
  }
  return bytes
}

/** The same as pixels, 32 × 32 × 3. */
const pixelsOf = (k: number): Buffer =>
  Buffer.from(Array.from({ length: 1024 }, (_, p) => [k + (p % 32), k + Math.floor(p / 32), k]).flat())

const batches = (perFile = 4): [name: string, content: Buffer][] =>
  ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'].map(
    (name, file) => [
      `${name}.bin`,
      Buffer.concat(Array.from({ length: perFile }, (_, i) => record(file * perFile + i))),
    ],
  )

async function pictureFiles(
  parts = ['train', 'test'],
  perClass = 2,
): Promise<[name: string, content: Buffer][]> {
  const files: [string, Buffer][] = []
  for (const part of parts) {
    for (const [label, name] of CIFAR10.names.entries()) {
      for (let i = 0; i < perClass; i++) {
        const bytes = await picture(32, 32, pixelsOf(label + 10 * i))
          .png()
          .toBuffer()
        files.push([`${part}/${name}/${i}.png`, bytes])
      }
    }
  }
  return files
}

function folderOf(files: readonly (readonly [string, Buffer | string])[], name = `folder${made++}`): string {
  for (const [file, content] of files) {
    mkdirSync(join(root, name, file, '..'), { recursive: true })
    writeFileSync(join(root, name, file), content)
  }
  return join(root, name)
}

function archiveOf(bytes: Buffer): string {
  const path = join(root, `archive${made++}`)
  writeFileSync(path, bytes)
  return path
}

async function pixels(dataset: ImageDataset): Promise<Buffer[]> {
  const size = dataset.height * dataset.width * 3
  const out = new Uint8Array(dataset.length * size)
  await dataset.read(Array.from(dataset.labels.keys()), out)
  await dataset.close()
  return Array.from({ length: dataset.length }, (_, i) => Buffer.from(out.subarray(i * size, (i + 1) * size)))
}

describe('openCifar10', () => {
  it('reads the binary version from a folder, planes to pixels, in the order of its files', async () => {
    const folder = folderOf([...batches(), ['batches.meta.txt', `${CIFAR10.names.join('\n')}\n\n`]])
    const train = await openCifar10(folder, { cacheDirectory })
    expect([train.length, train.height, train.width, train.classes]).toEqual([20, 32, 32, CIFAR10])
    expect([...train.labels]).toEqual(Array.from({ length: 20 }, (_, k) => k % 10))
    expect(await pixels(train)).toEqual(Array.from({ length: 20 }, (_, k) => pixelsOf(k)))
    const test = await openCifar10(folder, { subset: 'test', cacheDirectory })
    expect(await pixels(test)).toEqual([20, 21, 22, 23].map(pixelsOf))
  })

  it('reads the binary version from the folder that its archive makes, and from the archive', async () => {
    const files = batches().map(([name, content]) => [`cifar-10-batches-bin/${name}`, content] as const)
    const plain = await tarOf(files)
    for (const path of [folderOf(files), archiveOf(plain), archiveOf(gzipSync(plain))]) {
      const dataset = await openCifar10(path, { cacheDirectory })
      expect(dataset.ids).toBeUndefined()
      expect(await pixels(dataset)).toEqual(Array.from({ length: 20 }, (_, k) => pixelsOf(k)))
    }
  })

  it('reads pictures from a folder and an archive, with the part and class of their folders', async () => {
    const files = await pictureFiles()
    const inside = files.map(([name, content]) => [`./deep/${name}`, content] as const)
    for (const path of [folderOf(files), archiveOf(await tarOf(inside))]) {
      const dataset = await openCifar10(path, { subset: 'test', cacheDirectory })
      expect(dataset.ids?.slice(0, 3)).toEqual(['airplane/0.png', 'airplane/1.png', 'automobile/0.png'])
      expect([...dataset.labels]).toEqual(CIFAR10.names.flatMap((_, k) => [k, k]))
      expect(await pixels(dataset)).toEqual(CIFAR10.names.flatMap((_, k) => [pixelsOf(k), pixelsOf(k + 10)]))
    }
  })

  it('has the same hash in every form and size, and another for other pictures', async () => {
    const files = await pictureFiles(['train'])
    const hash = async (path: string, size?: [number, number]) => {
      const dataset = await openCifar10(path, { cacheDirectory, size })
      await dataset.close()
      return dataset.hash
    }
    const folder = folderOf(files)
    const expected = await hash(folder)
    expect(await hash(archiveOf(await tarOf(files)))).toBe(expected)
    expect(await hash(folder, [16, 16])).toBe(expected)
    expect(await hash(folderOf(files.slice(1)))).not.toBe(expected)
  })

  it('resizes to the size given', async () => {
    const plain: [string, Buffer][] = [
      ['train/cat/a.png', await picture(32, 32, Buffer.alloc(3072, 77)).png().toBuffer()],
    ]
    const dataset = await openCifar10(folderOf(plain), { size: [40, 24], cacheDirectory })
    expect([dataset.height, dataset.width]).toEqual([40, 24])
    expect(await pixels(dataset)).toEqual([Buffer.alloc(40 * 24 * 3, 77)])
  })

  it('decodes once and reads the cache from then on', async () => {
    const path = archiveOf(await tarOf(await pictureFiles(['train'])))
    const progress: number[] = []
    const open = () => openCifar10(path, { cacheDirectory, onProgress: (done) => progress.push(done) })
    await (await open()).close()
    const first = progress.length
    expect(first).toBeGreaterThan(0)
    await (await open()).close()
    expect(progress.length).toBe(first)
  })

  it('notices a picture of a folder that changed', async () => {
    const folder = folderOf(await pictureFiles(['train'], 1))
    const before = await openCifar10(folder, { cacheDirectory })
    await before.close()
    writeFileSync(join(folder, 'train/truck/0.png'), await picture(32, 32, pixelsOf(99)).png().toBuffer())
    const after = await openCifar10(folder, { cacheDirectory })
    expect(after.hash).not.toBe(before.hash)
    expect((await pixels(after)).at(-1)).toEqual(pixelsOf(99))
  })
})

describe('openCifar10 refuses', () => {
  const cut = (files: [string, Buffer][], name: string) =>
    files.map(([file, content]) => [file, file.includes(name) ? content.subarray(0, 3000) : content] as const)
  const labelled = (files: [string, Buffer][]) => {
    files[1]![1][3073] = 10
    return files
  }

  it.each<[what: string, code: string, mentions: string, path: () => Promise<string> | string]>([
    ['a cut batch', 'io.cifar.truncated', 'data_batch_3.bin', () => folderOf(cut(batches(), 'data_batch_3'))],
    ['a class above 9', 'io.cifar.label', 'data_batch_2.bin: record 1', () => folderOf(labelled(batches()))],
    [
      'a missing batch',
      'io.not-found',
      'data_batch_2.bin',
      () => folderOf(batches().filter(([n]) => !n.includes('2'))),
    ],
    [
      'a missing batch in a tar',
      'io.cifar.incomplete',
      'data_batch_2.bin',
      async () => archiveOf(await tarOf(batches().filter(([n]) => !n.includes('2')))),
    ],
    [
      'other class names',
      'io.cifar.classes',
      'apple',
      () => folderOf([...batches(), ['batches.meta.txt', 'apple\nbear\n']]),
    ],
    [
      'the version for Python',
      'io.cifar.python',
      'cifar-10-binary.tar.gz',
      () =>
        folderOf([
          ['cifar-10-batches-py/data_batch_1', 'x'],
          ['cifar-10-batches-py/test_batch', 'x'],
        ]),
    ],
    [
      'a tar of the version for Python',
      'io.cifar.python',
      'cifar-10-binary.tar.gz',
      async () => archiveOf(await tarOf([['cifar-10-batches-py/data_batch_1', 'x']])),
    ],
    ['an empty folder', 'io.cifar.empty', 'Expected data_batch_1.bin', () => folderOf([['notes.txt', 'x']])],
    [
      'a tar of other things',
      'io.cifar.empty',
      'Expected data_batch_1.bin',
      async () => archiveOf(await tarOf([['notes.txt', 'x']])),
    ],
    [
      'an unknown class folder',
      'io.cifar.classes',
      '"galaxy"',
      async () => folderOf([['train/galaxy/a.png', await picture(32, 32).png().toBuffer()]]),
    ],
    [
      'a picture of another size',
      'io.cifar.size',
      'a.png has 33×32',
      async () => folderOf([['train/cat/a.png', await picture(33, 32).png().toBuffer()]]),
    ],
    [
      'a broken picture in a tar',
      'io.picture.corrupt',
      'train/cat/a.png',
      async () =>
        archiveOf(
          await tarOf([['train/cat/a.png', (await picture(32, 32).png().toBuffer()).subarray(0, 60)]]),
        ),
    ],
    [
      'a cut tar',
      'io.archive',
      'archive',
      async () => archiveOf((await tarOf(await pictureFiles())).subarray(0, 9000)),
    ],
    ['a file that is no tar', 'io.format', 'no tar', () => archiveOf(Buffer.from('hello'))],
    ['a path that is not there', 'io.not-found', 'absent', () => join(root, 'absent')],
  ])('%s (%s)', async (_, code, mentions, makePath) => {
    const before = await readdir(cacheDirectory).catch(() => [])
    const attempt = openCifar10(await makePath(), { cacheDirectory })
    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringContaining(mentions) })
    // No half-written cache is left.
    expect(await readdir(cacheDirectory).catch(() => [])).toEqual(before)
  })

  it('a part that CIFAR-10 does not have', async () => {
    await expect(openCifar10(folderOf(batches()), { subset: 'val' })).rejects.toMatchObject({
      code: 'io.cifar.subset',
    })
  })
})

describe('isCifar10', () => {
  it('tells CIFAR-10 in any form from other folders and archives', async () => {
    const other = await picture(4, 4).png().toBuffer()
    const yes = [
      folderOf(batches()),
      folderOf([['cifar-10-batches-py/test_batch', 'x']]),
      folderOf(await pictureFiles(['test'], 1)),
      archiveOf(await tarOf(await pictureFiles(['train'], 1))),
      archiveOf(gzipSync(await tarOf(batches()))),
    ]
    const no = [
      folderOf([['train/galaxy/a.png', other]]),
      folderOf([['cat/a.png', other]]),
      archiveOf(await tarOf([['train/n01440764/a.png', other]])),
      archiveOf(Buffer.from('hello')),
      join(root, 'absent'),
    ]
    expect(await Promise.all(yes.map(isCifar10))).toEqual(yes.map(() => true))
    expect(await Promise.all(no.map(isCifar10))).toEqual(no.map(() => false))
  })
})

describe('the real CIFAR-10', () => {
  const real = realData('cifar10', 'cifar10-jpeg-q75.tar.xz')
  it.skipIf(!real)(
    'holds 5,000 + 1,000 pictures a class (skipped where data/cifar10 is absent)',
    async () => {
      expect(await isCifar10(real!)).toBe(true)
      const counts = new Map<string, number>()
      for await (const { name } of readTarStream(real!, 'xz')) {
        const folder = name.slice(0, name.lastIndexOf('/'))
        counts.set(folder, (counts.get(folder) ?? 0) + 1)
      }
      const expected = CIFAR10.names.flatMap((name) => [
        [`train/${name}`, 5_000],
        [`test/${name}`, 1_000],
      ])
      expect([...counts].sort()).toEqual(expected.sort())
    },
  )
})
