import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { boundFolder, noteUse } from '../../src/engine/bound-folder.ts'
import { ProgramCache } from '../../src/engine/program-cache.ts'

const before = process.env.PUREGALAXY_CACHE
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-programs-'))
  process.env.PUREGALAXY_CACHE = folder
})
afterEach(async () => {
  if (before === undefined) delete process.env.PUREGALAXY_CACHE
  else process.env.PUREGALAXY_CACHE = before
  await rm(folder, { recursive: true, force: true })
})

/** A file of 100 bytes that was used so many hours ago. */
async function file(name: string, hours: number): Promise<void> {
  const path = join(folder, name)
  await writeFile(path, new Uint8Array(100))
  const then = new Date(Date.now() - hours * 3_600_000)
  await utimes(path, then, then)
}

describe('the cache of programs', () => {
  it('gives back what it was given, and leaves no other file', async () => {
    const cache = new ProgramCache('cpu')
    const program = { model: Uint8Array.of(1, 2, 3), inputs: [], outputs: [] }
    expect(await cache.read('a')).toBeUndefined()
    await Promise.all([cache.write('a', program), cache.write('a', program)])
    expect(await cache.read('a')).toEqual(program)
    expect(await readdir(join(folder, 'programs'))).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}\.cpuprogram$/),
    ])
  })

  it('keeps what was used last, up to its limit', async () => {
    for (const [at, name] of ['a', 'b', 'c', 'd'].entries()) await file(name, 10 - at)
    await boundFolder(folder, 400)
    expect(await readdir(folder)).toHaveLength(4)
    await noteUse(join(folder, 'a'))
    await boundFolder(folder, 250)
    expect((await readdir(folder)).sort()).toEqual(['a', 'd'])
  })

  it('loses what a writer that was ended left behind, not what is being written', async () => {
    await file('a.xlaprogram.12.tmp', 2)
    await file('b.xlaprogram.13.tmp', 0)
    await boundFolder(folder, 0)
    expect(await readdir(folder)).toEqual(['b.xlaprogram.13.tmp'])
  })
})
