import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { atomicPath, writeFileAtomic } from '../../src/io/atomic.ts'
import { useFolder } from './hdf5/fixtures.ts'
import { useSmallDisk } from './small-disk.ts'

const folder = useFolder()
const mountSmallDisk = useSmallDisk()

it('writes text and bytes, replacing what was there', async () => {
  const path = folder.path('split.json')
  await writeFileAtomic(path, 'é')
  await writeFileAtomic(path, new Uint8Array([1, 2]))
  expect([...(await readFile(path))]).toEqual([1, 2])
  expect(await readdir(folder.path())).toEqual(['split.json'])
})

it('keeps the old file until the new one is whole', async () => {
  const path = folder.path('model')
  await writeFile(path, 'old')
  const target = atomicPath(path)
  await writeFile(target.temporary, 'new')
  expect(await readFile(path, 'utf8')).toBe('old')
  await target.commit()
  await target.abort()
  expect(await readFile(path, 'utf8')).toBe('new')
})

it('leaves nothing when it is called off', async () => {
  const target = atomicPath(folder.path('model'))
  await writeFile(target.temporary, 'half')
  await target.abort()
  await target.abort()
  expect(await readdir(folder.path())).toEqual([])
})

it.each([
  ['n', 255],
  ['銀', 85],
  ['🌌', 63],
])('writes files with the longest names that a file system takes, of %s', async (character, most) => {
  const name = character.repeat(most)
  await writeFileAtomic(folder.path(name), 'x')
  expect(await readdir(folder.path())).toEqual([name])
})

it('names a folder that is not there, or that is a file', async () => {
  await expect(writeFileAtomic(folder.path('absent', 'a'), 'x')).rejects.toMatchObject({
    code: 'io.not-found',
    message: expect.stringContaining('absent'),
  })
  await writeFile(folder.path('file'), 'x')
  await expect(writeFileAtomic(folder.path('file', 'a'), 'x')).rejects.toMatchObject({
    code: 'io.not-a-folder',
  })
})

it('refuses to replace a folder and leaves nothing', async () => {
  await mkdir(folder.path('taken', 'deep'), { recursive: true })
  await expect(writeFileAtomic(folder.path('taken'), 'x')).rejects.toMatchObject({
    code: expect.stringMatching(/^io\./),
  })
  expect(await readdir(folder.path())).toEqual(['taken'])
})

it.skipIf(!existsSync('/sys/kernel'))('says that permission is denied', async () => {
  await expect(writeFileAtomic('/sys/kernel/a', 'x')).rejects.toMatchObject({
    code: 'io.permission',
    message: expect.stringMatching(/^\/sys\/kernel\/a: .*Change the permissions/),
  })
})

it('says that there is no space, and keeps the old file', async (test) => {
  const disk = folder.path('disk')
  if (!(await mountSmallDisk(disk))) test.skip('this user may not mount a small disk')
  const path = folder.path('disk', 'metrics')
  await writeFileAtomic(path, 'old')
  await expect(writeFileAtomic(path, new Uint8Array(2 ** 21))).rejects.toMatchObject({ code: 'io.no-space' })
  expect(await readdir(disk)).toEqual(['metrics'])
  expect(await readFile(path, 'utf8')).toBe('old')
})
