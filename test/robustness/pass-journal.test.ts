import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  EMPTY_TALLY,
  journalName,
  openPassJournal,
  type Pass,
  type PassKey,
} from '../../src/robustness/index.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-passes-'))
  path = join(folder, journalName('data'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const key = (seed: number | null): PassKey => ({ model: 'abc', protocol: 'counts', level: 12, seed })
const pass = (first: number): Pass => ({
  predictions: Int32Array.of(first, -1, 9),
  confidences: Float32Array.of(0.25, Number.NaN, 1),
  tally: { ...EMPTY_TALLY, pictures: 3 },
})

async function journalOf(seeds: readonly number[]): Promise<void> {
  const journal = await openPassJournal(folder, 'data')
  for (const seed of seeds) await journal.put(key(seed), pass(seed))
  await journal.close()
}

describe('openPassJournal', () => {
  it('gives back what was put, after it was closed and opened again', async () => {
    await journalOf([1, 2])
    const journal = await openPassJournal(folder, 'data')
    expect(journal.found).toBe(2)
    expect(journal.get(key(2))).toEqual(pass(2))
    expect(journal.get(key(3))).toBeUndefined()
    expect(journal.get(key(null))).toBeUndefined()
    await journal.close()
  })

  it('goes on after a line that was cut off at any place', async () => {
    await journalOf([1])
    const whole = (await readFile(path)).length
    await journalOf([2])
    const all = (await readFile(path)).length
    for (let length = whole + 1; length < all; length += 7) {
      await truncate(path, length)
      const journal = await openPassJournal(folder, 'data')
      expect(journal.found).toBe(1)
      await journal.put(key(2), pass(2))
      await journal.close()
      const again = await openPassJournal(folder, 'data')
      expect([again.found, again.get(key(2))]).toEqual([2, pass(2)])
      await again.close()
    }
  })

  it('leaves that of other pictures alone, and begins anew in place of what is no journal', async () => {
    await journalOf([1])
    const other = await openPassJournal(folder, 'other')
    expect(other.found).toBe(0)
    await other.close()
    const hex = await openPassJournal(folder, 'ab12')
    await hex.put(key(1), pass(1))
    expect(hex.others).toEqual([])
    await hex.close()
    const again = await openPassJournal(folder, 'data')
    expect([again.found, again.others]).toEqual([1, [journalName('ab12')]])
    await again.close()
    await writeFile(path, 'hello\n')
    const anew = await openPassJournal(folder, 'data')
    expect(anew.found).toBe(0)
    await anew.put(key(5), pass(5))
    await anew.close()
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(3)
  })

  it('leaves nothing behind where nothing was put', async () => {
    await (await openPassJournal(folder, 'data')).close()
    expect(await readdir(folder)).toEqual([])
  })

  it('says in words that its folder is missing', async () => {
    await expect(openPassJournal(join(folder, 'missing'), 'data')).rejects.toMatchObject({
      code: expect.stringMatching(/^io\./),
    })
  })

  it('drops what follows a damaged line', async () => {
    await journalOf([1])
    await appendFile(path, 'not json\n')
    const journal = await openPassJournal(folder, 'data')
    expect(journal.found).toBe(1)
    await journal.close()
    expect(await readFile(path, 'utf8')).not.toContain('not json')
  })

  it('does not believe a line that was changed', async () => {
    await journalOf([1, 2])
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('"pictures":3', '"pictures":4'))
    const journal = await openPassJournal(folder, 'data')
    // Lines from the changed one on are measured anew.
    expect(journal.found).toBe(0)
    await journal.close()
  })

  it('is held by one process at a time', async () => {
    const journal = await openPassJournal(folder, 'data')
    await expect(openPassJournal(folder, 'data')).rejects.toMatchObject({ code: 'io.in-use' })
    await journal.close()
  })
})
