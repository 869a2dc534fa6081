import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Classifier } from '../../../src/classify/index.ts'
import { temporaryFolder } from '../../io/temporary-folder.ts'
import { pythonWith } from '../../python.ts'
import { form, type Row, rowsOf, serveApp } from '../api-server.ts'
import { galaxyPictures } from '../galaxy-pictures.ts'

const python = pythonWith('tritonclient.http')
const absent = python === undefined ? ' (skipped: no Python with tritonclient)' : ''
const SCRIPT = join(import.meta.dirname, 'ask_with_tritonclient.py')

interface Answer {
  readonly id: string | null
  readonly dtype: string
  readonly shape: readonly number[]
  readonly probabilities: readonly (readonly number[])[]
  readonly classes: readonly string[]
}

interface Report {
  readonly live: boolean
  readonly ready: boolean
  readonly unknown_ready: boolean
  readonly extensions: readonly string[]
  readonly metadata: { readonly name: string; readonly versions: readonly string[] }
  readonly error: readonly [status: string, message: string]
  readonly json: Answer
  readonly binary: Answer
  readonly mixed: Answer
  readonly default: Answer
  readonly other_size: Answer
  readonly files: Answer
}

describe.skipIf(absent)(`Triton's Python client${absent}`, () => {
  const folder = temporaryFolder()
  let report: Report
  let rows: Row[]
  let classifier: Classifier

  beforeAll(async () => {
    classifier = await Classifier.open('small', { threads: 1 })
    const server = await serveApp({ classifiers: [classifier] })
    const pictures = await galaxyPictures()
    const files: [name: string, bytes: Buffer][] = []
    for (const [from, height, width] of [
      ['colour.jpg', 90, 120],
      ['large.jpg', 90, 120],
      ['colour.webp', 200, 150],
    ] as const) {
      const picture = sharp(pictures[from]).resize(width, height, { fit: 'fill' })
      const name = `${files.length}-${height}x${width}`
      files.push([`${name}.png`, await picture.clone().png().toBuffer()])
      writeFileSync(join(folder, `${name}.png`), files.at(-1)![1])
      writeFileSync(join(folder, `${name}.rgb`), await picture.clone().raw().toBuffer())
    }
    rows = await rowsOf(await server.ask('/v1/classify', { method: 'POST', body: form(...files) }))
    const paths = files.map(([name]) => join(folder, name))
    const { stdout } = await promisify(execFile)(python!, [
      SCRIPT,
      `127.0.0.1:${server.port}`,
      'small',
      classifier.version,
      ...paths,
    ])
    report = JSON.parse(stdout) as Report
  })
  afterAll(() => classifier.dispose())

  it('finds the server and the model, and none that is not there', () => {
    expect(report).toMatchObject({ live: true, ready: true, unknown_ready: false })
    expect(report.extensions).toEqual(['binary_tensor_data'])
    expect(report.metadata).toMatchObject({ name: 'small', versions: [classifier.version] })
  })

  it.each([
    ['in JSON', 'json', [0, 1]],
    ['as binary data', 'binary', [0, 1]],
    ['as binary data, answered in JSON', 'mixed', [0, 1]],
    ['as binary data, with the outputs that the client takes by itself', 'default', [0, 1]],
    ['of another size', 'other_size', [2]],
    ['of files', 'files', [0, 1, 2]],
  ] as const)('has for a tensor %s the probabilities of /v1/classify', (_, way, pictures) => {
    const answer = report[way]
    expect([answer.dtype, answer.shape]).toEqual(['float32', [pictures.length, 10]])
    for (const [at, picture] of pictures.entries()) {
      const row = rows[picture]!
      expect(answer.classes[at]).toBe(row.class)
      for (const [k, slug] of classifier.classes.slugs.entries()) {
        const expected = row[`p_${slug}`] as number
        // Rows have six digits.
        const difference = Math.abs(answer.probabilities[at]![k]! - expected)
        expect(difference).toBeLessThanOrEqual(1e-5 * expected)
      }
    }
  })

  it('has the same bits in JSON and in binary data', () => {
    expect(report.json.probabilities).toEqual(report.binary.probabilities)
  })

  it('gets the id of its request back', () => {
    expect([report.json.id, report.binary.id, report.default.id]).toEqual(['in JSON', 'binary', null])
  })

  it('is told in words what is wrong', () => {
    expect(report.error).toEqual(['400', expect.stringMatching(/expected \[n, height, width, 3\]/)])
  })
})
