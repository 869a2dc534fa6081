import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { findPictures, listPictures } from '../../../src/io/pictures/index.ts'
import { temporaryFolder } from '../temporary-folder.ts'

describe('listPictures', () => {
  const folder = temporaryFolder()
  const list = async (...names: string[]) =>
    (await listPictures(names.map((name) => join(folder, name)))).map((path) => path.slice(folder.length + 1))

  beforeAll(() => {
    for (const name of ['tree/b', 'tree/a/deep', 'tree/.hidden', 'tree/empty'])
      mkdirSync(join(folder, name), { recursive: true })
    const files = [
      'tree/b/2.png',
      'tree/b/10.JPG',
      'tree/a/x,y.webp',
      'tree/a/line\nend.png',
      'tree/a/Ünï.tiff',
    ]
    const others = [
      'tree/a/notes.txt',
      'tree/.hidden/h.png',
      'tree/.h.png',
      'tree/a/deep/z.gif',
      'tree/cube.fits.gz',
      'one.dat',
    ]
    for (const name of [...files, ...others]) writeFileSync(join(folder, name), '')
  })

  it('searches to any depth, sorts by name, leaves out hidden files and other formats', async () => {
    expect(await list('tree')).toEqual([
      'tree/a/deep/z.gif',
      'tree/a/line\nend.png',
      'tree/a/x,y.webp',
      'tree/a/Ünï.tiff',
      'tree/b/10.JPG',
      'tree/b/2.png',
      'tree/cube.fits.gz',
    ])
  })

  it('takes files that are named whatever their name, in the order given', async () => {
    expect(await list('one.dat', 'tree/b')).toEqual(['one.dat', 'tree/b/10.JPG', 'tree/b/2.png'])
  })

  it('ends where links lead round in a circle, and follows the others', async () => {
    mkdirSync(join(folder, 'loop/in'), { recursive: true })
    writeFileSync(join(folder, 'loop/in/p.png'), '')
    symlinkSync('..', join(folder, 'loop/in/up'))
    symlinkSync('self', join(folder, 'loop/self'))
    symlinkSync('../../tree/b', join(folder, 'loop/in/other'))
    symlinkSync('p.png', join(folder, 'loop/in/q.png'))
    symlinkSync('nowhere.png', join(folder, 'loop/in/r.png'))
    expect(await list('loop')).toEqual([
      'loop/in/other/10.JPG',
      'loop/in/other/2.png',
      'loop/in/p.png',
      'loop/in/q.png',
      'loop/in/r.png',
    ])
  })

  it('leaves out pipes, which would be waited for', async () => {
    mkdirSync(join(folder, 'pipes'))
    execFileSync('mkfifo', [join(folder, 'pipes/p.png')])
    expect(await list('pipes')).toEqual([])
  })

  it('refuses a path that is not there, naming it', async () => {
    await expect(list('absent')).rejects.toMatchObject({
      code: 'io.not-found',
      message: expect.stringContaining('absent'),
    })
  })

  describe('what cannot be read, and goes on', () => {
    /** Paths below a folder with the codes of their errors. */
    const find = async (name: string) =>
      (await findPictures([join(folder, name)])).map(({ path, error }) => [
        path.slice(folder.length + 1),
        error?.code,
      ])

    it('a link to itself, and a path that is one', async () => {
      mkdirSync(join(folder, 'looping'))
      symlinkSync('loop.jpg', join(folder, 'looping/loop.jpg'))
      writeFileSync(join(folder, 'looping/p.png'), '')
      // What is wrong with a picture shows when it is decoded.
      expect(await find('looping')).toEqual([
        ['looping/loop.jpg', undefined],
        ['looping/p.png', undefined],
      ])
      expect(await find('looping/loop.jpg')).toEqual([['looping/loop.jpg', 'io.link-loop']])
    })

    it('names that are not UTF-8, and no two of them are taken for one', async () => {
      mkdirSync(join(folder, 'latin'))
      const inside = (name: string) =>
        Buffer.concat([Buffer.from(`${folder}/latin/`), Buffer.from(name, 'latin1')])
      for (const name of ['caf\xE9.jpg', 'caf\xE8.jpg', 'notes\xE9.txt']) writeFileSync(inside(name), '')
      mkdirSync(inside('\xE9t\xE9'))
      // This one is UTF-8, if odd.
      writeFileSync(join(folder, 'latin/\uFFFD.png'), '')
      expect(await find('latin')).toEqual([
        ['latin/\\xE9t\\xE9', 'io.name-encoding'],
        ['latin/caf\\xE8.jpg', 'io.name-encoding'],
        ['latin/caf\\xE9.jpg', 'io.name-encoding'],
        ['latin/\uFFFD.png', undefined],
      ])
    })

    it('a folder whose path is longer than the system allows', async () => {
      const long = 'n'.repeat(200)
      const deepen = `cd "$0" && for i in $(seq 25); do mkdir ${long} && cd ${long} || exit 1; done`
      mkdirSync(join(folder, 'deep'))
      execFileSync('bash', ['-c', deepen, join(folder, 'deep')])
      writeFileSync(join(folder, 'deep/p.png'), '')
      const found = await find('deep')
      execFileSync('rm', ['-r', join(folder, 'deep')])
      expect(found.map(([, code]) => code)).toEqual(['io.name-too-long', undefined])
    })

    it.skipIf(process.getuid?.() === 0)(
      'a folder that is locked (skipped for root, who may all)',
      async () => {
        mkdirSync(join(folder, 'open/locked'), { recursive: true })
        writeFileSync(join(folder, 'open/p.png'), '')
        chmodSync(join(folder, 'open/locked'), 0)
        expect(await find('open')).toEqual([
          ['open/locked', 'io.permission'],
          ['open/p.png', undefined],
        ])
      },
    )
  })
})
