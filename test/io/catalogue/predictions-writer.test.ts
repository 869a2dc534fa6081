import { spawnSync } from 'node:child_process'
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  openPredictionsWriter,
  type PredictionRow,
  type PredictionsFormat,
} from '../../../src/io/catalogue/index.ts'
import { GALAXY10_DECALS } from '../../../src/survey/galaxy10.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const folder = temporaryFolder()
let made = 0
const newPath = () => join(folder, `predictions-${made++}`)
const options = (format: PredictionsFormat) =>
  ({ format, classes: GALAXY10_DECALS, model: 'small', modelVersion: '1.0' }) as const

const probabilities = Float32Array.from([0.01, 0.02, 0.5, 0.1, 0.07, 0.1, 0.05, 0.05, 0.04, 0.06])
const rows: PredictionRow[] = [
  { id: 'a.png', ra: 123.456789012345, dec: -1.5, probabilities },
  { id: 'b, "quoted"\nline.png', error: 'b.png: truncated, or damaged\nFetch again.' },
  { id: '9223372036854775807', ra: Number.NaN, probabilities, set: [2, 5] },
]

async function write(
  path: string,
  format: PredictionsFormat,
  batch: readonly PredictionRow[],
  resume = false,
) {
  const writer = await openPredictionsWriter(path, { ...options(format), resume })
  await writer.write(batch)
  await writer.commit()
  return writer.rowsDone
}

/** What a killed run leaves. */
async function leaveBehind(path: string) {
  const writer = await openPredictionsWriter(path, options('csv'))
  await writer.write(rows)
  await writer.suspend()
}

describe('openPredictionsWriter', () => {
  it('writes an error, and no class, where the probabilities are not finite', async () => {
    const path = newPath()
    await write(path, 'csv', [{ id: 'a', probabilities: probabilities.map(() => Number.NaN) }])
    const [row] = parse(readFileSync(path), { columns: true }) as Record<string, string>[]
    expect(row).toMatchObject({ class: '', confidence: '', entropy: '', p_disturbed: '' })
    expect(row!.error).toBe('the model gave no finite probabilities')
  })

  it('writes the columns of the catalogue, with six digits, and quotes what needs it', async () => {
    const path = newPath()
    await write(path, 'csv', rows)
    const table = parse(readFileSync(path), { columns: true }) as Record<string, string>[]
    expect(Object.keys(table[0]!)).toEqual([
      'id',
      'ra',
      'dec',
      ...GALAXY10_DECALS.slugs.map((slug) => `p_${slug}`),
      'class',
      'confidence',
      'entropy',
      'set',
      'error',
      'model',
      'model_version',
    ])
    expect(table.map(({ id }) => id)).toEqual(rows.map(({ id }) => id))
    expect(table[0]).toMatchObject({
      ra: '123.456789012345',
      dec: '-1.5',
      p_disturbed: '0.01',
      class: 'round_smooth',
    })
    expect(table[0]).toMatchObject({
      confidence: '0.5',
      set: '',
      error: '',
      model: 'small',
      model_version: '1.0',
    })
    expect(table[1]).toMatchObject({
      p_merging: '',
      class: '',
      confidence: '',
      entropy: '',
      error: rows[1]!.error,
    })
    expect(table[2]).toMatchObject({ ra: '', set: 'round_smooth|barred_spiral' })
    // −Σ p ln p in nats, computed with Python's math.log: 1.71466388.
    expect(Number(table[0]!.entropy)).toBeCloseTo(1.714664, 5)
  })

  it('writes NDJSON with the same keys, and null where there is nothing', async () => {
    const path = newPath()
    await write(path, 'ndjson', rows)
    const lines = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines[0]).toMatchObject({
      id: 'a.png',
      ra: 123.456789012345,
      p_round_smooth: 0.5,
      set: null,
      error: null,
    })
    expect(lines[1]).toMatchObject({
      id: rows[1]!.id,
      ra: null,
      p_round_smooth: null,
      class: null,
      error: rows[1]!.error,
    })
    expect(lines[2]).toMatchObject({ id: '9223372036854775807', ra: null })
  })

  it.each(['csv', 'ndjson'] as const)(
    'goes on after a kill at any byte and ends in the same %s file',
    async (format) => {
      const whole = newPath()
      await write(whole, format, rows)
      const expected = readFileSync(whole)
      await fc.assert(
        fc.asyncProperty(fc.nat(expected.length), async (cut) => {
          const path = newPath()
          writeFileSync(`${path}.partial`, expected.subarray(0, cut))
          const writer = await openPredictionsWriter(path, { ...options(format), resume: true })
          writer.checkResumed(rows.map(({ id }) => id))
          await writer.write(rows.slice(writer.rowsDone))
          await writer.commit()
          expect(readFileSync(path).equals(expected)).toBe(true)
          expect(existsSync(`${path}.partial`)).toBe(false)
        }),
        { numRuns: 150 },
      )
    },
  )

  it('counts whole rows across the pieces that a long file is read in', async () => {
    const path = newPath()
    const many = Array.from({ length: 12_000 }, (_, i) => ({ id: `"${i}",\n`, probabilities }))
    await write(path, 'csv', many)
    expect(readFileSync(path).length).toBeGreaterThan(1024 * 1024)
    truncateSync(path, readFileSync(path).length - 1)
    writeFileSync(`${path}.partial`, readFileSync(path))
    const writer = await openPredictionsWriter(path, { ...options('csv'), resume: true })
    expect(writer.rowsDone).toBe(11_999)
    writer.checkResumed(many.map(({ id }) => id))
    await writer.suspend()
  })

  it('leaves the final name alone until all is written', async () => {
    const path = newPath()
    writeFileSync(path, 'old')
    const writer = await openPredictionsWriter(path, options('csv'))
    await writer.write(rows)
    await writer.suspend()
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(await write(path, 'csv', [], true)).toBe(3)
    expect(readFileSync(path, 'utf8')).toMatch(/^id,ra/)
  })

  it('begins anew without resuming, and where there is nothing to go on with', async () => {
    const path = newPath()
    writeFileSync(`${path}.partial`, 'something else altogether, and much longer than a header'.repeat(100))
    expect(await write(path, 'csv', rows)).toBe(0)
    const other = newPath()
    expect(await write(other, 'csv', rows, true)).toBe(0)
    expect(readFileSync(other).equals(readFileSync(path))).toBe(true)
  })

  it('keeps a second run away from a file that is being written, in this process or another', async () => {
    const path = newPath()
    const lock = `${path}.partial.lock`
    const first = await openPredictionsWriter(path, options('csv'))
    await expect(openPredictionsWriter(path, options('csv'))).rejects.toMatchObject({ code: 'io.in-use' })
    await first.write(rows)
    await first.commit()
    expect(existsSync(lock)).toBe(false)
    writeFileSync(lock, `${process.ppid}\n`)
    await expect(openPredictionsWriter(path, { ...options('csv'), resume: true })).rejects.toMatchObject({
      code: 'io.in-use',
      message: expect.stringMatching(new RegExp(`^${path} .* process ${process.ppid}\\..*remove ${lock}`)),
    })
  })

  it('takes over the lock of a process that is gone', async () => {
    const path = newPath()
    const { pid } = spawnSync(process.execPath, ['--version'])
    for (const owner of [pid, process.pid]) {
      writeFileSync(`${path}.partial.lock`, `${owner}\n`)
      expect(await write(path, 'csv', rows)).toBe(0)
      expect(existsSync(`${path}.partial.lock`)).toBe(false)
    }
  })

  it('refuses to go on when the inputs are others', async () => {
    const path = newPath()
    await leaveBehind(path)
    const writer = await openPredictionsWriter(path, { ...options('csv'), resume: true })
    expect(() => writer.checkResumed(['a.png', 'x', 'y'])).toThrow(/not those of the first inputs/)
    expect(() => writer.checkResumed(['a.png'])).toThrow(/not those of the first inputs/)
    expect(() => writer.checkResumed([...rows.map(({ id }) => id), 'more'])).not.toThrow()
    await writer.suspend()
  })

  it.each([
    ['another model', { model: 'large' }, /was written by model small 1\.0/],
    ['another version', { modelVersion: '2' }, /was written by model small 1\.0/],
    ['other classes', { classes: { names: ['A'], slugs: ['a'] } }, /other columns/],
    ['another format', { format: 'ndjson' as const }, /damaged, or not a file/],
  ])('refuses to go on with the file of %s', async (_, changes, message) => {
    const path = newPath()
    await leaveBehind(path)
    const attempt = openPredictionsWriter(path, { ...options('csv'), ...changes, resume: true })
    await expect(attempt).rejects.toMatchObject({
      code: 'io.predictions.resume',
      message: expect.stringMatching(message),
    })
  })

  it('refuses a folder, and a folder that is not there, before anything is classified', async () => {
    mkdirSync(join(folder, 'taken'))
    await expect(openPredictionsWriter(join(folder, 'taken'), options('csv'))).rejects.toMatchObject({
      code: 'io.is-a-folder',
    })
    const absent = join(folder, 'absent', 'p.csv')
    await expect(openPredictionsWriter(absent, options('csv'))).rejects.toMatchObject({
      code: 'io.not-found',
    })
  })

  it.skipIf(!existsSync('/dev/full'))(
    'says that the device is full (skipped where there is no /dev/full)',
    async () => {
      const path = newPath()
      symlinkSync('/dev/full', `${path}.partial`)
      const attempt = openPredictionsWriter(path, options('csv'))
      await expect(attempt).rejects.toMatchObject({
        code: 'io.no-space',
        message: expect.stringContaining(path),
      })
    },
  )

  it('writes to a device directly instead of putting a file in its place', async () => {
    const writer = await openPredictionsWriter('/dev/null', options('csv'))
    await writer.write(rows)
    await writer.commit()
    expect(existsSync('/dev/null.partial')).toBe(false)
    expect(readFileSync('/dev/null').length).toBe(0)
  })

  it('writes to a stream no faster than it is read, and leaves it open', async () => {
    const stream = new PassThrough({ highWaterMark: 1024 })
    const writer = await openPredictionsWriter(stream, options('ndjson'))
    let written = 0
    const writing = (async () => {
      for (; written < 200; written++) await writer.write(rows)
      await writer.commit()
    })()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(written).toBeLessThan(10)
    let text = ''
    stream.on('data', (chunk) => {
      text += chunk
    })
    await writing
    expect(text.trimEnd().split('\n').length).toBe(600)
    expect(stream.writableEnded).toBe(false)
  })

  it('says that the output was closed by its reader', async () => {
    const stream = createWriteStream(join(folder, 'closed'))
    const writer = await openPredictionsWriter(stream, options('csv'))
    await writer.write(rows)
    stream.destroy()
    await expect(writer.write(rows)).rejects.toMatchObject({ code: 'io.pipe-closed' })
  })

  it('writes a header even when there is no row', async () => {
    const path = newPath()
    await write(path, 'csv', [])
    expect(parse(readFileSync(path)).length).toBe(1)
  })
})
