import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeFolder, removeEmptyFolders } from '../src/make-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'folders-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('makes a folder with those above it, several at once, and again', async () => {
  const deep = join(folder, 'a', 'b', 'c')
  await Promise.all([makeFolder(deep), makeFolder(deep), makeFolder(join(folder, 'a', 'd'))])
  await makeFolder(deep)
  expect([existsSync(deep), existsSync(join(folder, 'a', 'd'))]).toEqual([true, true])
})

it('fails where a file is in the way', async () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(makeFolder(join(file, 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' })
})

it.skipIf(!existsSync('/proc/self'))('fails, and does not hang, where no folder can be (/proc)', async () => {
  await expect(makeFolder('/proc/nowhere/below')).rejects.toMatchObject({ code: 'ENOENT' })
})

it('says which folder it made first, so that they can be taken away again as long as they are empty', async () => {
  const there = join(folder, 'there')
  expect(await makeFolder(there)).toBe(there)
  expect(await makeFolder(there)).toBeUndefined()
  const deep = join(there, 'a', 'b', 'c')
  const made = await makeFolder(deep)
  expect(made).toBe(join(there, 'a'))
  writeFileSync(join(there, 'a', 'kept'), '')
  await removeEmptyFolders(deep, made!)
  expect([existsSync(join(there, 'a', 'b')), existsSync(join(there, 'a', 'kept'))]).toEqual([false, true])
  rmSync(join(there, 'a', 'kept'))
  await makeFolder(deep)
  await removeEmptyFolders(deep, join(there, 'a'))
  expect([existsSync(there), existsSync(join(there, 'a'))]).toEqual([true, false])
})
