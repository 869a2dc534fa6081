import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, createApp, type Gauges } from '../../src/api/index.ts'
import { decodeUpload } from '../../src/api/node/index.ts'
import { brightnessModel, problemOf, type Row, rowsOf } from './api-server.ts'
import { plain } from './galaxy-pictures.ts'

/** More than ten thousand requests, inside this process: what sockets do to them is in limits.test.ts and vanishing.test.ts. */
const RUNS = { requests: 4000, items: 2500, texts: 1500, forms: 1500, pictures: 1500 }

let app: App
let gauges: Gauges
let sent = 0
let startMemory = 0
const files: Record<'png' | 'jpeg' | 'webp', Buffer> = {} as typeof files

beforeAll(async () => {
  for (const format of ['png', 'jpeg', 'webp'] as const)
    files[format] = await sharp(await plain(51))
      .toFormat(format)
      .toBuffer()
  app = createApp({
    classifiers: [brightnessModel()],
    decode: decodeUpload,
    cutouts: { fetch: async () => files.png },
    limits: { items: 8, idLength: 40, bodyBytes: 20_000, pixels: 10_000 },
    async metrics(given) {
      gauges = given
      return { text: '', contentType: 'text/plain' }
    },
  })
  await app.warmUp()
  startMemory = process.memoryUsage().rss
})

afterAll(async () => {
  expect(sent).toBeGreaterThan(10_000)
  await app.fetch(new Request('http://localhost/metrics'))
  expect([gauges.requests(), ...gauges.depths().values()]).toEqual([0, 0])
  expect(process.memoryUsage().rss - startMemory).toBeLessThan(400e6)
  const rows = await rowsOf(await post(files.png, 'image/png'))
  expect(rows[0]!.p_edge_on_with_bulge).toBe(0.2)
})

async function ask(path: string, init: RequestInit): Promise<Response> {
  sent++
  return app.fetch(new Request(`http://localhost${path}`, init))
}

const post = (body: Uint8Array | string, type: string): Promise<Response> =>
  ask('/v1/classify', { method: 'POST', body: body as Body, headers: { 'content-type': type } })

/** What an error answers, and that it is a problem of at most a few words. */
async function refusal(response: Response): Promise<string> {
  const text = await response.clone().text()
  expect(text.length).toBeLessThan(1000)
  return (await problemOf(response)).join(' ')
}

const check = (property: fc.IAsyncProperty<unknown>, numRuns: number) =>
  // The same cases each time: a failure is then everybody's.
  fc.assert(property, { numRuns, seed: 1 })

const PATHS = [
  '/v1/classify',
  '/v1/models',
  '/v1/models/brightness',
  '/v1/models/none',
  '/health/live',
  '/health/ready',
  '/openapi.json',
  '/metrics',
]
const METHODS: Readonly<Record<string, string>> = { '/v1/classify': 'POST' }

describe('generated', { timeout: 60_000 }, () => {
  it('requests of any method, path, query and header get the status that fits', async () => {
    const letters = fc.stringMatching(/^[\x20-\x7e]{0,40}$/)
    const name = fc.constantFrom(
      ...['accept', 'authorization', 'content-encoding', 'content-length', 'content-type', 'range'],
      ...['if-none-match', 'traceparent', 'tracestate', 'x-request-id', 'x-forwarded-for', 'expect'],
    )
    const request = fc.record({
      method: fc.constantFrom('GET', 'HEAD', 'POST', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'BREW'),
      path: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...PATHS) },
        { weight: 1, arbitrary: fc.webPath() },
        {
          weight: 1,
          arbitrary: fc
            .tuple(fc.constantFrom(...PATHS), letters)
            .map(([path, more]) => path + encodeURI(more)),
        },
      ),
      query: fc.oneof(
        fc.constant(''),
        fc.webQueryParameters().map((text) => `?${text}`),
        fc
          .tuple(fc.constantFrom('top', 'model', '__proto__'), letters)
          .map(([key, value]) => `?${key}=${encodeURIComponent(value)}`),
      ),
      headers: fc.uniqueArray(fc.tuple(name, letters), { maxLength: 4, selector: ([name]) => name }),
      body: fc.oneof(fc.constant(undefined), fc.uint8Array({ maxLength: 50 })),
    })
    const property = fc.asyncProperty(request, async ({ method, path, query, headers, body }) => {
      const bodiless = method === 'GET' || method === 'HEAD'
      const response = await ask(path + query, {
        method,
        headers,
        ...(bodiless ? {} : { body: body as Body }),
      })
      expect(response.headers.get('x-request-id')).toMatch(/^[\w=-]{1,64}$/)
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      const { pathname } = new URL(`http://localhost${path}`)
      if (pathname === '/v1/classify' && method === 'POST') {
        if (response.status !== 200)
          expect([400, 404, 408, 413, 415, 422]).toContain((await problemOf(response))[0])
      } else if (PATHS.includes(pathname)) {
        const allowed = METHODS[pathname] ?? 'GET'
        if (method !== allowed && !(method === 'HEAD' && allowed === 'GET')) {
          expect(response.status).toBe(405)
          expect(response.headers.get('allow')).toBe(allowed)
        } else expect(response.status).toBe(pathname === '/v1/models/none' ? 404 : 200)
      } else expect([404, 405]).toContain(response.status)
    })
    await check(property, RUNS.requests)
  })

  it('JSON of pictures and positions is answered with a row for each', async () => {
    const good = files.png.toString('base64')
    const id = fc.oneof(fc.constant({}), fc.record({ id: fc.string({ maxLength: 40 }) }))
    const numbers = fc.oneof(fc.double(), fc.constantFrom(-1, 361, 91, 1e308, -0, null, '12:30', [], {}))
    const inside = (least: number, most: number) => fc.double({ min: least, max: most, noNaN: true })
    /** Each with what becomes of it: a row, or a row with an error. */
    const item = fc.oneof(
      fc.constant({ value: { data: good }, fate: 'row' }),
      fc.constantFrom('', '%', 'AAAA', good.slice(0, 60)).map((data) => ({ value: { data }, fate: 'error' })),
      fc.record({ ra: inside(0, 360), dec: inside(-90, 90) }).map((value) => ({ value, fate: 'row' })),
      fc
        .record({ ra: numbers, dec: fc.constantFrom(91, null, 'north') })
        .map((value) => ({ value, fate: 'error' })),
      {
        weight: 1,
        arbitrary: fc
          .constantFrom(
            null,
            5,
            'x',
            [],
            { data: 5 },
            { data: good, url: 'http://127.0.0.1/' },
            { ra: 1, dec: 1, data: good },
            { id: 7, data: good },
          )
          .map((value) => ({ value, fate: 'error' })),
      },
    )
    const items = fc.array(fc.tuple(item, id), { minLength: 1, maxLength: 9 })
    const property = fc.asyncProperty(items, fc.boolean(), async (pairs, named) => {
      const sent = pairs.map(([{ value }, id]) => (isObject(value) ? { ...id, ...value } : value))
      const fates = pairs.map(([{ fate }]) => fate)
      const response = await post(JSON.stringify(named ? { pictures: sent } : sent), 'application/json')
      if (sent.length > 8) expect(await refusal(response)).toBe('413 api.too-many-items')
      else {
        const rows = await rowsOf(response)
        expect(rows.map(({ error }) => (error === null ? 'row' : 'error'))).toEqual(fates)
        const ids = sent.map((value) => (isObject(value) ? value.id : undefined))
        expect(rows.map(({ id }) => id)).toEqual(
          ids.map((id, at) => (typeof id === 'string' ? id : String(at))),
        )
      }
    })
    await check(property, RUNS.items)
  })

  it('JSON whose bytes were changed is refused or answered, never failed', async () => {
    const whole = Buffer.from(
      JSON.stringify({
        pictures: [
          { id: 'a', data: files.webp.toString('base64') },
          { ra: 10.5, dec: -3 },
        ],
      }),
    )
    const change = fc.oneof(
      fc.record({ at: fc.nat(whole.length - 1), bytes: fc.uint8Array({ maxLength: 3 }), remove: fc.nat(3) }),
      fc.record({
        at: fc.nat(whole.length - 1),
        bytes: fc
          .constantFrom('[[[[', '{}', ',', ':', '"', '\\u0000', '1e999', '"__proto__":', 'NaN', '\ud800')
          .map((text) => Buffer.from(text)),
        remove: fc.nat(8),
      }),
    )
    const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      let bytes: Buffer = whole
      for (const { at, bytes: put, remove } of changes)
        bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + remove)])
      const response = await post(bytes, 'application/json')
      if (response.status === 200)
        for (const row of await rowsOf(response)) expect(row).toHaveProperty('error')
      else
        expect(['400 api.json', '422 api.schema', '413 api.too-many-items']).toContain(
          await refusal(response),
        )
      expect(({} as Record<string, unknown>).id).toBeUndefined()
    })
    await check(property, RUNS.texts)
  })

  it('forms with any boundary, heads and bytes are refused, or give a row for each part', async () => {
    const boundary = fc.stringMatching(/^[\w'()+,./:=? -]{0,72}$/)
    const head = fc.oneof(
      fc
        .stringMatching(/^[\w. -]{0,50}$/)
        .map((name) => `Content-Disposition: form-data; name="p"; filename="${name}"`),
      fc.constantFrom(
        '',
        'Content-Disposition: form-data',
        'Content-Disposition: form-data; name=p; name=q',
        'Content-Type: image/png',
        ':',
        'x'.repeat(9000),
      ),
      fc.stringMatching(/^[\x20-\x7e]{0,60}$/),
    )
    const part = fc.tuple(head, fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(files.png)))
    const ends = fc.constantFrom('--\r\n', '--', '', '\r\n', '--\r\nmore')
    const property = fc.asyncProperty(
      boundary,
      fc.array(part, { maxLength: 9 }),
      ends,
      async (boundary, parts, end) => {
        const body = Buffer.concat([
          ...parts.flatMap(([head, bytes]) => [
            Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`),
            bytes,
            Buffer.from('\r\n'),
          ]),
          Buffer.from(`--${boundary}${end}`),
        ])
        const response = await post(body, `multipart/form-data; boundary="${boundary}"`)
        if (response.status !== 200)
          expect([
            '400 api.multipart',
            '413 api.too-many-items',
            '413 api.too-large',
            '422 api.schema',
          ]).toContain(await refusal(response))
        else expect((await rowsOf(response)).length).toBeLessThanOrEqual(8)
      },
    )
    await check(property, RUNS.forms)
  })

  it('pictures cut, joined and damaged are refused or survived', async () => {
    const picture = fc.constantFrom(files.png, files.jpeg, files.webp)
    const change = fc.tuple(fc.nat(3000), fc.oneof(fc.nat(255), fc.constantFrom(0, 255)))
    const damage = fc.record({
      picture,
      changes: fc.array(change, { maxLength: 6 }),
      keep: fc.oneof(
        { weight: 3, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
      ),
      tail: fc.oneof(fc.constant(Buffer.alloc(0)), picture, fc.uint8Array({ maxLength: 100 })),
    })
    const property = fc.asyncProperty(damage, async ({ picture, changes, keep, tail }) => {
      const bytes = Buffer.concat([picture.subarray(0, Math.ceil(keep * picture.length)), tail])
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      const response = await post(bytes, 'application/octet-stream')
      if (response.status === 200) expect((await rowsOf(response))[0]!.error).toBeNull()
      else
        expect([
          '413 io.picture.too-large',
          '415 api.picture-format',
          '415 io.picture.format',
          '422 io.picture.corrupt',
          '422 io.picture.empty',
        ]).toContain(await refusal(response))
    })
    await check(property, RUNS.pictures)
  })
})

type Body = NonNullable<RequestInit['body']>

const isObject = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
