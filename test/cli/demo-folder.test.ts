import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { prepareDemoFolder } from '../../cli/demo/demo-folder.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'

const folder = temporaryFolder()

it('removes nothing from a folder that no demo made, forced or not', async () => {
  const mine = join(folder, 'mine')
  mkdirSync(join(mine, 'pictures'), { recursive: true })
  writeFileSync(join(mine, 'pictures', 'a.png'), 'precious')
  await expect(prepareDemoFolder(mine)).rejects.toMatchObject({ code: 'cli.exists' })
  await expect(prepareDemoFolder(mine, true)).rejects.toMatchObject({
    code: 'cli.exists',
    message: expect.stringContaining('holds pictures, which'),
  })
  // A second attempt must not take the folder for a demo's.
  await expect(prepareDemoFolder(mine, true)).rejects.toMatchObject({ code: 'cli.exists' })
  expect(readFileSync(join(mine, 'pictures', 'a.png'), 'utf8')).toBe('precious')
})

it('takes a folder of other files when forced, and empties its own the next time', async () => {
  const shared = join(folder, 'shared')
  mkdirSync(shared)
  writeFileSync(join(shared, 'notes.txt'), 'precious')
  const files = await prepareDemoFolder(shared, true)
  mkdirSync(files.pureRun, { recursive: true })
  await prepareDemoFolder(shared)
  expect(existsSync(files.pureRun)).toBe(false)
  expect(readFileSync(join(shared, 'notes.txt'), 'utf8')).toBe('precious')
})
