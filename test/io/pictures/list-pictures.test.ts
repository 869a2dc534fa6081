import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { listPictures } from '../../../src/io/pictures/index.ts'
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
})
