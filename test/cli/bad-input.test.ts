import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { type BadInput, makeGoodFiles, writeFiles } from './bad-input/bad-input.ts'
import { BAD_DATA_SETS } from './bad-input/data-sets.ts'
import { BAD_MODELS } from './bad-input/models.ts'
import { BAD_OPTIONS } from './bad-input/options.ts'
import { BAD_OUTPUTS } from './bad-input/outputs.ts'
import { BAD_PICTURES } from './bad-input/pictures.ts'
import { BAD_TABLES } from './bad-input/tables.ts'
import { type CliResult, runInProcess, runProcess } from './run-cli.ts'

const TABLE = [
  ...BAD_DATA_SETS,
  ...BAD_PICTURES,
  ...BAD_MODELS,
  ...BAD_TABLES,
  ...BAD_OUTPUTS,
  ...BAD_OPTIONS,
]

/** Every file and folder below a folder, but for caches of decoded pictures, which are whole or not there. */
const listing = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/\.pgcache$/.test(name))
    .sort()

function expectRefusal(result: CliResult, { code = 1, says }: BadInput): void {
  expect(result.err).toMatch(says)
  expect(result.code, result.err).toBe(code)
  expect(result.err, 'no stack trace').not.toMatch(/\n\s+at /)
  expect(result.err, 'a known error').not.toMatch(/internal error/)
}

describe('bad input', { timeout: 180_000 }, () => {
  const root = temporaryFolder()
  const home = process.cwd()
  const cache = process.env.PUREGALAXY_CACHE
  let cases = 0

  beforeAll(async () => {
    process.env.PUREGALAXY_CACHE = join(root, 'cache')
    const good = join(root, 'good')
    await makeGoodFiles(good)
    const split = ['split', join(good, 'data.h5'), '--test', '0.2', '--out', join(good, 'split.json')]
    expect((await runInProcess(split)).code).toBe(0)
  })
  afterEach(() => process.chdir(home))
  afterAll(() => {
    if (cache === undefined) delete process.env.PUREGALAXY_CACHE
    else process.env.PUREGALAXY_CACHE = cache
  })

  /** A folder of the case's own, with `good/` in it, that the command runs in. */
  async function enter({ files, prepare }: BadInput): Promise<string> {
    const folder = join(root, `case-${cases++}`)
    mkdirSync(folder)
    cpSync(join(root, 'good'), join(folder, 'good'), { recursive: true })
    writeFiles(folder, files)
    await prepare?.(folder)
    return folder
  }

  it('is of more than sixty kinds', () => {
    expect(new Set(TABLE.map(({ name }) => name)).size).toBe(TABLE.length)
    expect(TABLE.length).toBeGreaterThan(60)
  })

  it.each(TABLE)('$name', async (bad) => {
    const folder = await enter(bad)
    const before = listing(folder)
    process.chdir(folder)
    const result = await runInProcess(bad.args)
    expectRefusal(result, bad)
    expect(listing(folder)).toEqual([...before, ...(bad.makes ?? [])].sort())
    if (bad.holds !== undefined) {
      const text = readFileSync(bad.holds[0], 'utf8')
      if (typeof bad.holds[1] === 'string') expect(text).toContain(bad.holds[1])
      else expect(text).toMatch(bad.holds[1])
    }
  })

  it.each(
    ['HDF5: cut in half', 'model: text', 'usage: unknown option', 'picture: FITS'].map(
      (name) => TABLE.find((bad) => bad.name === name)!,
    ),
  )('as a process of its own: $name', async (bad) => {
    const folder = await enter(bad)
    expectRefusal(await runProcess(bad.args, { cwd: folder }), bad)
  })

  it('with --json leaves one JSON value on stdout, which holds the error', async () => {
    const result = await runInProcess(['inspect', 'none.h5', '--json'])
    expect(JSON.parse(result.out)).toEqual({
      error: { code: 'io.not-found', message: expect.stringContaining('none.h5') },
    })
  })

  it('shows a stack trace with --debug only', async () => {
    expect((await runInProcess(['inspect', 'none.h5', '--debug'])).err).toMatch(/\n\s+at /)
  })

  describe('on a disk that is full', () => {
    const disk = join(root, 'small')
    const small = mountSmall(disk)
    afterAll(() => small && execFileSync('umount', [disk]))

    it.skipIf(!small)(
      'leaves no half-written file (skipped where a small tmpfs cannot be mounted)',
      async () => {
        const out = join(disk, 'sim.h5')
        const result = await runInProcess(['simulate', '--count', '40', '--size', '128', '--out', out])
        expectRefusal(result, { name: '', args: [], says: /small\/sim\.h5.*no space/ })
        expect(readdirSync(disk)).toEqual([])
      },
    )
  })
})

/** Mounts a tmpfs of 256 KiB, which root may do on Linux. */
function mountSmall(path: string): boolean {
  try {
    mkdirSync(path)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
