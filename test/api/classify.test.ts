import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { Classifier } from '../../src/classify/index.ts'
import { PureGalaxyError } from '../../src/errors.ts'
import { GALAXY10_DECALS } from '../../src/survey/galaxy10.ts'
import { runInProcess } from '../cli/run-cli.ts'
import { realData } from '../data.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import {
  brightnessModel,
  form,
  jsonBody,
  pictureBody,
  problemOf,
  type Row,
  rowsOf,
  serveApp,
} from './api-server.ts'
import { galaxyPictures, plain } from './galaxy-pictures.ts'

const COLUMNS = [
  ...['id', 'ra', 'dec'],
  ...GALAXY10_DECALS.slugs.map((slug) => `p_${slug}`),
  ...['class', 'confidence', 'entropy', 'set', 'error', 'model', 'model_version'],
]

const greys = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, at): Promise<Buffer> => plain(at % 256)))

const brightnessOf = (row: Row) => Math.round((row.p_edge_on_with_bulge as number) * 255)

describe('POST /v1/classify', () => {
  it('answers a picture with the columns of a catalogue, in order', async () => {
    const { ask } = await serveApp()
    const response = await ask('/v1/classify', pictureBody(await plain(51)))
    expect(response.status).toBe(200)
    const [row, ...others] = await rowsOf(response)
    expect(others).toEqual([])
    expect(Object.keys(row!)).toEqual(COLUMNS)
    expect(row).toMatchObject({
      id: '0',
      ra: null,
      p_edge_on_with_bulge: 0.2,
      error: null,
      model: 'brightness',
    })
  })

  it('answers a form of 256 pictures with a row each, in order and named by their files', async () => {
    const { ask } = await serveApp()
    const pictures = await greys(256)
    const files = pictures.map((bytes, at): [string, Buffer] => [`g${at}.png`, bytes])
    const rows = await rowsOf(await ask('/v1/classify', { method: 'POST', body: form(...files) }))
    expect(rows.map(({ id }) => id)).toEqual(files.map(([name]) => name))
    expect(rows.map(brightnessOf)).toEqual(pictures.map((_, at) => at))
  })

  it('answers pictures in JSON, named as they say or by their position', async () => {
    const { ask } = await serveApp()
    const data = (await plain(102)).toString('base64')
    const rows = await rowsOf(await ask('/v1/classify', jsonBody([{ id: 'M 31', data }, { data }])))
    expect(rows.map(({ id, p_edge_on_with_bulge: p }) => [id, p])).toEqual([
      ['M 31', 0.4],
      ['1', 0.4],
    ])
  })

  it('says of each bad picture what is wrong with it, and classifies the others', async () => {
    const { ask } = await serveApp({ limits: { pixels: 100 } })
    const good = await plain(51)
    const bad = {
      empty: Buffer.alloc(0),
      text: Buffer.from('hello'),
      cut: good.subarray(0, 60),
      large: await plain(1, 20, 20),
    }
    const files: [string, Buffer][] = [['first', good], ...Object.entries(bad), ['last', good]]
    const rows = await rowsOf(await ask('/v1/classify', { method: 'POST', body: form(...files) }))
    expect(rows.map(({ id, error }) => [id, error])).toEqual([
      ['first', null],
      ['empty', 'picture 1 is empty.'],
      ['text', expect.stringContaining('picture 2 is no JPEG, PNG or WebP')],
      ['cut', expect.stringContaining('picture 3: truncated or damaged PNG')],
      ['large', expect.stringContaining('picture 4: 20×20 pixels, more than the limit of 100')],
      ['last', null],
    ])
    for (const row of rows) expect(Object.keys(row)).toEqual(COLUMNS)
  })

  it('says of one picture that is a bad base64, and classifies the others', async () => {
    const { ask } = await serveApp()
    const data = (await plain(51)).toString('base64')
    const rows = await rowsOf(await ask('/v1/classify', jsonBody([{ data: '§' }, { data }, { data: 'abc' }])))
    expect(rows.map(({ error }) => error === null)).toEqual([false, true, false])
  })

  it('answers with ?top= the most probable classes in place of all', async () => {
    const { ask } = await serveApp()
    const rows = await rowsOf(await ask('/v1/classify?top=2', pictureBody(await plain(204))))
    expect(Object.keys(rows[0]!)).toEqual(['id', 'ra', 'dec', 'top', ...COLUMNS.slice(13)])
    expect(rows[0]!.top).toEqual([
      { class: 'edge_on_with_bulge', probability: 0.8 },
      { class: 'disturbed', probability: 0.0222222 },
    ])
  })

  it('takes the model that ?model= names, and the first without', async () => {
    const { ask } = await serveApp({
      classifiers: [brightnessModel(), brightnessModel({ name: 'runs/b.st' })],
    })
    const body = pictureBody(await plain(1))
    expect((await rowsOf(await ask('/v1/classify?model=runs%2Fb.st', body)))[0]!.model).toBe('runs/b.st')
    expect((await rowsOf(await ask('/v1/classify', body)))[0]!.model).toBe('brightness')
    expect(await problemOf(await ask('/v1/classify?model=none', body))).toEqual([404, 'api.no-such-model'])
  })

  it.each(['?top=0', '?top=x', '?top=1.5', '?top=', '?top=0x3', '?top=1e0', '?modle=small', '?top=1&top=2'])(
    'refuses the query %s',
    async (query) => {
      const { ask } = await serveApp()
      expect(await problemOf(await ask(`/v1/classify${query}`, pictureBody(await plain(1))))).toEqual([
        422,
        'api.schema',
      ])
    },
  )

  it('streams rows in order while later ones are in work', async () => {
    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    let runs = 0
    // The first run is the warm-up's, of one picture as the batch is one.
    const work = async () => (++runs > 3 ? finished : undefined)
    // One decoder, as the first row can only be told while later ones wait if its picture is decoded first.
    const { ask } = await serveApp({
      classifiers: [brightnessModel({ work })],
      limits: { batch: 1, decoders: 1 },
    })
    const files = (await greys(5)).map((bytes, at): [string, Buffer] => [`${at}`, bytes])
    const headers = { accept: 'application/x-ndjson' }
    const response = await ask('/v1/classify', { method: 'POST', body: form(...files), headers })
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = (await reader.read()).value!
    expect(text).toMatch(/^{"id":"0"/)
    finish()
    for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
    expect(rows.map(({ id }) => id)).toEqual(['0', '1', '2', '3', '4'])
    expect(Object.keys(rows[4]!)).toEqual(COLUMNS)
  })

  it('calls the pictures of a form by their file names, whatever stands in them', async () => {
    const { ask } = await serveApp()
    const names = ['M 51 "whirlpool".png', 'a\nb.png', 'NGC 100 %.png', 'ü☆.png']
    const files = await Promise.all(
      names.map(async (name): Promise<[string, Buffer]> => [name, await plain(9)]),
    )
    const rows = await rowsOf(await ask('/v1/classify', { method: 'POST', body: form(...files) }))
    expect(rows.map(({ id }) => id)).toEqual(names)
  })

  it.each([
    ['*/*', 'application/json'],
    ['application/x-ndjson;q=0', 'application/json'],
    ['application/x-ndjson;q=0.5, application/json', 'application/json'],
    ['application/json;q=0.5, application/x-ndjson', 'application/x-ndjson'],
    ['text/csv, Application/X-NDJSON', 'application/x-ndjson'],
  ])('answers Accept: %s with %s', async (accept, type) => {
    const { ask } = await serveApp()
    const body = form(['a', await plain(9)])
    const response = await ask('/v1/classify', { method: 'POST', body, headers: { accept } })
    await response.text()
    expect(response.headers.get('content-type')).toMatch(new RegExp(`^${type}`))
  })

  it.each([
    ['a bug', () => new TypeError('secret of the engine')],
    ['an error that is for the operator', () => new PureGalaxyError('io.not-found', 'secret/weights: gone')],
  ])(
    'answers 500 without a word of the fault where the model fails with %s, and goes on',
    async (_, fault) => {
      let broken = false
      const work = async () => {
        if (broken) throw fault()
      }
      const failures: unknown[] = []
      const { ask } = await serveApp({
        classifiers: [brightnessModel({ work })],
        observers: [{ failure: (error) => failures.push(error) }],
      })
      const grey = await plain(51)
      const body = pictureBody(grey)
      broken = true
      const response = await ask('/v1/classify', body)
      expect(await response.clone().text()).not.toContain('secret')
      expect(await problemOf(response)).toEqual([500, 'internal'])
      expect(failures.map(String)).toEqual([expect.stringContaining('secret')])
      const several = form(...[1, 2, 3].map((at): [string, Buffer] => [`${at}`, grey]))
      expect((await ask('/v1/classify', { method: 'POST', body: several })).status).toBe(500)
      // One for each picture, which has a run of its own here, and none for the request.
      expect(failures).toHaveLength(4)
      broken = false
      expect((await ask('/v1/classify', body)).status).toBe(200)
    },
  )
})

describe('the API and the command line', () => {
  const folder = temporaryFolder()
  let classifier: Classifier

  beforeAll(async () => {
    classifier = await Classifier.open('small', { threads: 1 })
    return () => classifier.dispose()
  })

  /** Rows of both for the same files, by identifier; probabilities may differ by rounding, as batches do. */
  async function compare(paths: readonly string[]): Promise<void> {
    const { code, out } = await runInProcess(['classify', ...paths, '--threads', '1', '--format', 'ndjson'])
    expect(code).toBe(0)
    const expected = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
    const { ask } = await serveApp({ classifiers: [classifier] })
    const files = paths.map((path): [string, Buffer] => [path.replaceAll('/', ':'), readFileSync(path)])
    const rows = await rowsOf(await ask('/v1/classify', { method: 'POST', body: form(...files) }))
    expect(rows).toHaveLength(expected.length)
    for (const [at, row] of rows.entries()) {
      expect(Object.keys(row)).toEqual(Object.keys(expected[at]!))
      for (const [column, value] of Object.entries(expected[at]!)) {
        if (column === 'id') expect(row.id).toBe((value as string).replaceAll('/', ':'))
        else if (typeof value === 'number') expect(row[column], column).toBeCloseTo(value, 5)
        else expect(row[column], column).toBe(value)
      }
    }
  }

  it('see the same in JPEG, PNG, WebP, grey, 16-bit, alpha, CMYK and turned pictures', async () => {
    const pictures = await galaxyPictures()
    for (const [name, bytes] of Object.entries(pictures)) writeFileSync(join(folder, name), bytes)
    await compare(Object.keys(pictures).map((name) => join(folder, name)))
  })

  const real = realData('galaxies', 'test')
  it.skipIf(!real)(
    'see the same in 40 genuine galaxies (skipped where data/galaxies is absent)',
    async () => {
      await compare(
        readdirSync(real!)
          .sort()
          .slice(0, 40)
          .map((name) => join(real!, name)),
      )
    },
  )
})
