import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { atomicPath, writeFileAtomic } from '../../src/io/atomic.ts'
import { CompiledSource } from './child-process.ts'
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

describe('what a killed process left', () => {
  const source = new CompiledSource()
  beforeAll(() => source.compile(), 60_000)
  afterAll(() => source.remove())

  /** A process that has a temporary file open when it is killed, or that goes on until the test ends it. */
  async function writer(name: string): Promise<{ child: ChildProcess; temporary: string }> {
    const child = await source.start(
      `import { writeFileSync } from 'node:fs'
       import { atomicPath } from './io/index.js'
       const { temporary } = atomicPath(process.argv[2])
       writeFileSync(temporary, 'half')
       console.log(temporary)
       setInterval(() => {}, 1000)`,
      folder.path(name),
    )
    const [line] = await once(child.stdout!.setEncoding('utf8'), 'data')
    return { child, temporary: basename(String(line).trim()) }
  }

  async function killed(name: string): Promise<string> {
    const { child, temporary } = await writer(name)
    child.kill('SIGKILL')
    await once(child, 'close')
    return temporary
  }

  it('goes when the same name is written next, and nothing else goes', async () => {
    const left = await killed('sim.h5')
    const others = [await killed('sim.h5.bak'), await killed('other.h5')]
    const alike = ['.sim.h5.notes.tmp', `.sim.h5.${left}`, 'sim.h5.1-0a1b2c3d.tmp']
    for (const name of alike) await writeFile(folder.path(name), 'a person’s')
    const running = await writer('sim.h5')
    try {
      await writeFileAtomic(folder.path('sim.h5'), 'whole')
      const expected = ['sim.h5', running.temporary, ...others, ...alike]
      expect((await readdir(folder.path())).sort()).toEqual(expected.sort())
    } finally {
      running.child.kill('SIGKILL')
      await once(running.child, 'close')
    }
  }, 60_000)

  it('goes after a day where another machine, or an earlier version, wrote it', async () => {
    const gone = await killed('sim.h5')
    const pid = /\.(\d+)-/.exec(gone)![1]
    const names = [`.sim.h5.${pid}-0000000a1b2c3d.tmp`, `.sim.h5.${pid}-0a1b2c3d.tmp`]
    for (const name of names) await writeFile(folder.path(name), 'half')
    await writeFileAtomic(folder.path('sim.h5'), 'whole')
    expect((await readdir(folder.path())).sort()).toEqual([...names, 'sim.h5'].sort())
    const before = Date.now() / 1000 - 25 * 3600
    for (const name of names) await utimes(folder.path(name), before, before)
    await writeFileAtomic(folder.path('sim.h5'), 'whole')
    expect(await readdir(folder.path())).toEqual(['sim.h5'])
  }, 60_000)
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
