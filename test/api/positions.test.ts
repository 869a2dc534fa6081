import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createApp } from '../../src/api/index.ts'
import { decodeUpload, openCutouts, prometheusMetrics } from '../../src/api/node/index.ts'
import { Classifier } from '../../src/classify/index.ts'
import {
  brightnessModel,
  jsonBody,
  pictureBody,
  problemOf,
  type Row,
  rowsOf,
  serveApp,
  type TestServer,
} from './api-server.ts'
import { plain } from './galaxy-pictures.ts'
import { drawAsked, galaxyJpeg, type SurveyServer, surveyServer } from './survey-server.ts'

const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

/** Fetches from a survey's server on this machine, and soon asks again. */
const cutoutsOf = ({ base }: Pick<SurveyServer, 'base'>) =>
  openCutouts(base, { allowPrivate: true, limits: { backoff: 5 } })

describe('POST /v1/classify with positions', () => {
  let survey: SurveyServer
  let server: TestServer
  let data: string
  beforeAll(async () => {
    survey = await surveyServer((request, response) => {
      if (request.url!.includes('ra=66.')) response.writeHead(302, { location: 'http://127.0.0.1/' }).end()
      else drawAsked(request, response)
    })
    server = await serveApp({ cutouts: cutoutsOf(survey) })
    data = (await plain(51)).toString('base64')
  })

  it('answers one position with one row that has it', async () => {
    const rows = await rowsOf(await server.ask('/v1/classify', post({ ra: 184.74, dec: 47.3 })))
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      id: '0',
      ra: 184.74,
      dec: 47.3,
      error: null,
      class: 'edge_on_with_bulge',
    })
  })

  it('asks the survey for what was asked: layer, scale and size', async () => {
    const body = { id: 'M 106', ra: 184.74, dec: 47.3, layer: 'ls-dr10', size: 64, pixelScale: 1.5 }
    const rows = await rowsOf(await server.ask('/v1/classify', post(body)))
    expect(rows[0]).toMatchObject({ id: 'M 106', error: null })
    expect(survey.asked.at(-1)).toBe(
      '/jpeg-cutout?ra=184.7400000&dec=47.3000000&layer=ls-dr10&pixscale=1.5&size=64',
    )
  })

  it("hands the request's trace on to the survey's server", async () => {
    const seen: unknown[] = []
    const { base } = await surveyServer((request, response) => {
      const { traceparent, tracestate } = request.headers
      seen.push({ traceparent, tracestate })
      drawAsked(request, response)
    })
    const { ask } = await serveApp({ cutouts: cutoutsOf({ base }) })
    const trace = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'rojo=00f067aa0ba902b7',
    }
    const places = [
      { ra: 1, dec: 2 },
      { ra: 2, dec: 3 },
    ]
    await ask('/v1/classify', post(places, trace))
    await ask('/v1/classify', post({ ra: 3, dec: 4 }, { traceparent: 'rubbish' }))
    await ask('/v1/cutouts?ra=5&dec=6', { headers: trace })
    await ask('/v1/cutouts?ra=7&dec=8', { headers: { tracestate: trace.tracestate } })
    expect(seen).toEqual([trace, trace, {}, trace, {}])
  })

  const mixed = () => [
    { ra: 10, dec: 5 },
    { id: 'own', data },
    { id: 'redirected', ra: 66, dec: 5 },
    { id: 'nan', ra: null, dec: 5 },
    { id: 'west', ra: -1, dec: 5 },
    { id: 'east', ra: 361, dec: 5 },
    { id: 'north', ra: 1, dec: 91 },
    { id: 'text', ra: '12:30', dec: 5 },
    { id: 'half', ra: 1 },
    { id: 'layer', ra: 1, dec: 1, layer: 'other' },
    { id: 'bad', data: '%' },
    { id: 'last', ra: 300, dec: -5 },
  ]
  const told = [
    ['0', null],
    ['own', null],
    ['redirected', "The survey's server sends on to another address, which is not followed."],
    ['nan', 'ra is no number; expected from 0 to 360 degrees.'],
    ['west', 'ra is -1; expected from 0 to 360 degrees.'],
    ['east', 'ra is 361; expected from 0 to 360 degrees.'],
    ['north', 'dec is 91; expected from -90 to 90 degrees.'],
    ['text', 'ra is no number; expected from 0 to 360 degrees.'],
    ['half', 'dec is missing; expected from -90 to 90 degrees.'],
    ['layer', 'There is no such layer here; there are ls-dr9, ls-dr10.'],
    ['bad', 'data is no base64 of a picture file.'],
    ['last', null],
  ]

  it.each([
    ['a list', (items: unknown[]) => items],
    ['a list by name', (items: unknown[]) => ({ pictures: items })],
  ])('answers %s of positions and pictures in order, with an error for each that is bad', async (_, body) => {
    const response = await server.ask('/v1/classify', post(body(mixed())))
    expect(response.status).toBe(200)
    expect((await rowsOf(response)).map(({ id, error }) => [id, error])).toEqual(told)
  })

  it('names the place of each picture that it refuses, as far as there is one', async () => {
    const rows = await rowsOf(await server.ask('/v1/classify', post(mixed())))
    const places = new Map(rows.map(({ id, ra, dec }) => [id, [ra, dec]]))
    expect(places.get('nan')).toEqual([null, 5])
    expect(places.get('east')).toEqual([361, 5])
    expect(places.get('text')).toEqual([null, 5])
    expect(places.get('half')).toEqual([1, null])
    expect(places.get('layer')).toEqual([1, 1])
    expect(places.get('bad')).toEqual([null, null])
  })

  it('streams such a list', async () => {
    const headers = { accept: 'application/x-ndjson' }
    const text = await (await server.ask('/v1/classify', post(mixed(), headers))).text()
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
    expect(rows.map(({ id, error }) => [id, error])).toEqual(told)
  })

  it.each([
    [{ ra: -1, dec: 0 }, 422, 'survey.cutout'],
    [{ ra: 361, dec: 0 }, 422, 'survey.cutout'],
    [{ ra: 1, dec: 91 }, 422, 'survey.cutout'],
    [{ ra: null, dec: 0 }, 422, 'survey.cutout'],
    [{ ra: 1, dec: 0, layer: 'none' }, 422, 'survey.cutout'],
    [{ ra: 66, dec: 0 }, 502, 'api.cutout.redirect'],
    [{ data: '' }, 422, 'io.picture.empty'],
    [{ ra: 1, dec: 0, url: 'http://127.0.0.1/' }, 422, 'api.schema'],
    [{ ra: 1, dec: 0, data: '' }, 422, 'api.schema'],
    [{ ra: 1, dec: 0, id: 7 }, 422, 'api.schema'],
    [[], 422, 'api.schema'],
    ['{"ra":NaN,"dec":0}', 400, 'api.json'],
    ['{"ra":1,"dec":0,"__proto__":{"layer":"x"}}', 422, 'api.schema'],
  ])('answers %j with the problem of the request', async (body, status, code) => {
    expect(await problemOf(await server.ask('/v1/classify', post(body)))).toEqual([status, code])
  })

  it('takes no more positions than pictures', async () => {
    const { ask } = await serveApp({ cutouts: cutoutsOf(survey), limits: { items: 3 } })
    const items = (count: number) => Array.from({ length: count }, () => ({ ra: 1, dec: 1 }))
    expect((await ask('/v1/classify', post(items(3)))).status).toBe(200)
    expect(await problemOf(await ask('/v1/classify', post(items(4))))).toEqual([413, 'api.too-many-items'])
  })

  it('takes 256 positions with all that may be said of each', async () => {
    const one = { dec: 5, pixelScale: 0.262, size: 32, layer: 'ls-dr9' }
    const items = Array.from({ length: 256 }, (_, at) => ({ id: `g,${at}`, ra: at + 0.5, ...one }))
    const rows = await rowsOf(await server.ask('/v1/classify', post(items)))
    expect(rows.map(({ id, ra }) => [id, ra])).toEqual(items.map(({ id, ra }) => [id, ra]))
    // All but the one that the survey sends elsewhere, and brighter from one to the next as their right ascension is.
    const light = rows.filter(({ error }) => error === null).map((row) => row.p_edge_on_with_bulge as number)
    expect(light).toHaveLength(255)
    for (const [at, value] of light.entries())
      expect(value).toBeGreaterThanOrEqual((light[at - 1] ?? 0) - 0.005)
  })

  it('answers lists of any positions with a row for each, and asks the survey for none that is wrong', async () => {
    const number = fc.oneof(fc.double(), fc.double({ min: 0, max: 80, noNaN: true }), fc.jsonValue())
    const place = fc.record({ ra: number, dec: number })
    await fc.assert(
      fc.asyncProperty(fc.array(place, { minLength: 1, maxLength: 6 }), async (places) => {
        const before = survey.asked.length
        const sent = JSON.parse(JSON.stringify(places)) as { ra: unknown; dec: unknown }[]
        const rows = await rowsOf(await server.ask('/v1/classify', post(sent)))
        const good = sent.map(({ ra, dec }) => inside(ra, 0, 360) && inside(dec, -90, 90))
        expect(rows.map(({ error }) => !/^(ra|dec) is /.test(`${error}`))).toEqual(good)
        expect(rows.map(({ ra }) => ra)).toEqual(sent.map(({ ra }) => (typeof ra === 'number' ? ra : null)))
        expect(survey.asked.length - before).toBeLessThanOrEqual(good.filter(Boolean).length)
      }),
      { numRuns: 100 },
    )
  })
})

const inside = (value: unknown, low: number, high: number) =>
  typeof value === 'number' && value >= low && value <= high

describe('GET /v1/cutouts', () => {
  it('answers with the picture that a classification of the position looks at', async () => {
    const survey = await surveyServer(drawAsked)
    const { ask } = await serveApp({ cutouts: cutoutsOf(survey) })
    const response = await ask('/v1/cutouts?ra=184.74&dec=47.3&pixelScale=1.5&size=64')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
    const picture = Buffer.from(await response.arrayBuffer())
    expect(picture.equals(await galaxyJpeg(64, 40 + 184.74 / 3))).toBe(true)
    const [shown] = await rowsOf(await ask('/v1/classify', pictureBody(picture, 'image/jpeg')))
    const place = { ra: 184.74, dec: 47.3, pixelScale: 1.5, size: 64 }
    const [asked] = await rowsOf(await ask('/v1/classify', post(place)))
    expect(shown!.confidence).toBe(asked!.confidence)
    expect(survey.asked).toEqual([
      '/jpeg-cutout?ra=184.7400000&dec=47.3000000&layer=ls-dr9&pixscale=1.5&size=64',
    ])
  })

  it.each([
    ['ra=361&dec=0', 'survey.cutout'],
    ['ra=&dec=0', 'survey.cutout'],
    ['ra=one&dec=0', 'survey.cutout'],
    ['ra=0x10&dec=0', 'survey.cutout'],
    ['dec=0', 'survey.cutout'],
    ['ra=1&dec=2&size=20.5', 'survey.cutout'],
    ['ra=1&dec=2&layer=none', 'survey.cutout'],
    ['ra=1&dec=2&ra=3', 'api.schema'],
    ['ra=1&dec=2&url=http://127.0.0.1/', 'api.schema'],
  ])('refuses %s, and asks the survey for nothing', async (query, code) => {
    const survey = await surveyServer(drawAsked)
    const { ask } = await serveApp({ cutouts: cutoutsOf(survey) })
    expect(await problemOf(await ask(`/v1/cutouts?${query}`))).toEqual([422, code])
    expect(survey.asked).toEqual([])
  })

  it('is told by /v1/models to be of use, and is answered with 501 where it is not', async () => {
    const survey = await surveyServer(drawAsked)
    const [with_, without] = [await serveApp({ cutouts: cutoutsOf(survey) }), await serveApp()]
    expect(await (await with_.ask('/v1/models')).json()).toMatchObject({ positions: true })
    expect(await (await without.ask('/v1/models')).json()).toMatchObject({ positions: false })
    expect(await problemOf(await without.ask('/v1/cutouts?ra=1&dec=2'))).toEqual([501, 'api.no-cutouts'])
  })
})

describe('a server that fetches no cut-outs', () => {
  it('says so of a position with 501, and classifies the pictures beside it', async () => {
    const { ask } = await serveApp()
    const refused = [501, 'api.no-cutouts']
    expect(await problemOf(await ask('/v1/classify', post({ ra: 1, dec: 1 })))).toEqual(refused)
    expect(await problemOf(await ask('/v1/classify', post([{ ra: 1, dec: 1 }])))).toEqual(refused)
    const data = (await plain(51)).toString('base64')
    const rows = await rowsOf(await ask('/v1/classify', jsonBody([{ ra: 1, dec: 1 }, { data }])))
    expect(rows.map(({ error }) => error)).toEqual([
      'This server fetches no pictures by their position. Send the picture itself.',
      null,
    ])
  })
})

describe('a survey that fails', () => {
  it.each([
    ['storms with 429', 503, 'busy', '10', 429],
    ['has nothing there', 502, 'status', null, 404],
  ])('%s: a problem for one position, rows for several', async (_, status, kind, retryAfter, upstream) => {
    const survey = await surveyServer((_, response) => response.writeHead(upstream).end())
    const { ask } = await serveApp({ cutouts: cutoutsOf(survey) })
    const response = await ask('/v1/classify', post({ ra: 1, dec: 1 }))
    expect(response.headers.get('retry-after')).toBe(retryAfter)
    expect(await problemOf(response)).toEqual([status, `api.cutout.${kind}`])
    const places = [1, 2, 3].map((ra) => ({ ra, dec: 1 }))
    const rows = await rowsOf(await ask('/v1/classify', post(places)))
    expect(rows.map(({ ra }) => ra)).toEqual([1, 2, 3])
    for (const { error } of rows) expect(error).toMatch(/^The survey's server /)
  })

  it('holds nobody beyond the deadline', async () => {
    const survey = await surveyServer(() => undefined)
    const { ask } = await serveApp({ cutouts: cutoutsOf(survey), limits: { deadline: 400 } })
    const started = performance.now()
    const places = Array.from({ length: 20 }, (_, ra) => ({ ra, dec: 1 }))
    expect(await problemOf(await ask('/v1/classify', post(places)))).toEqual([503, 'api.deadline'])
    expect(performance.now() - started).toBeLessThan(8000)
  })

  it('has no picture wait that was sent meanwhile', async () => {
    const survey = await surveyServer(() => undefined)
    const { ask } = await serveApp({ cutouts: cutoutsOf(survey), limits: { batchDelay: 50_000 } })
    const client = new AbortController()
    let ended = false
    const position = ask('/v1/classify', { ...post({ ra: 1, dec: 1 }), signal: client.signal }).finally(
      () => {
        ended = true
      },
    )
    await vi.waitUntil(() => survey.asked.length === 1, { timeout: 5000 })
    expect((await ask('/v1/classify', pictureBody(await plain(51)))).status).toBe(200)
    expect(ended).toBe(false)
    client.abort()
    await expect(position).rejects.toThrow()
  })

  it('cannot fill the memory: what is fetched counts as what is sent', async () => {
    const large = await galaxyJpeg(1024)
    const survey = await surveyServer((_, response) =>
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(large),
    )
    const heldBytes = Math.floor(2.5 * large.length)
    const { ask } = await serveApp({
      cutouts: cutoutsOf(survey),
      limits: { bodyBytes: 1000, heldBytes },
    })
    const places = [1, 2, 3].map((ra) => ({ ra, dec: 1, size: 1024 }))
    const rows = await rowsOf(await ask('/v1/classify', post(places)))
    const errors = rows.map(({ error }) => error).filter((error) => error !== null)
    expect(errors).toEqual(['The server holds as many bodies as it can. Try again.'])
    expect((await ask('/v1/classify', post(places[0]))).status).toBe(200)
  })
})

it('a picture is classified as it is when it is sent', async () => {
  const classifier = await Classifier.open('small', { threads: 1 })
  const picture = await galaxyJpeg()
  const survey = await surveyServer((_, response) =>
    response.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture),
  )
  const { ask } = await serveApp({ classifiers: [classifier], cutouts: cutoutsOf(survey) })
  const [sent] = await rowsOf(await ask('/v1/classify', pictureBody(picture, 'image/jpeg')))
  const [fetched] = await rowsOf(await ask('/v1/classify', post({ ra: 184.74, dec: 47.3 })))
  expect(fetched).toEqual({ ...sent, ra: 184.74, dec: 47.3 })
  await classifier.dispose()
})

it('the metrics count cut-outs: fetched, had from memory, asked for again, failed by kind', async () => {
  let times = 0
  const survey = await surveyServer((request, response) => {
    if (request.url!.includes('ra=66.')) response.writeHead(302, { location: '/' }).end()
    else if (++times === 1) response.writeHead(503).end()
    else drawAsked(request, response)
  })
  const { onCutout, render } = prometheusMetrics([brightnessModel()])
  const cutouts = openCutouts(survey.base, { allowPrivate: true, onCutout, limits: { backoff: 5 } })
  const app = createApp({ classifiers: [brightnessModel()], decode: decodeUpload, cutouts, metrics: render })
  const ask = (path: string, init?: RequestInit) => app.fetch(new Request(`http://localhost${path}`, init))
  for (const ra of [1, 1, 66]) await ask('/v1/classify', post({ ra, dec: 0 }))
  const text = await (await ask('/metrics')).text()
  for (const line of [
    'puregalaxy_cutouts_total{outcome="fetched"} 1',
    'puregalaxy_cutouts_total{outcome="kept"} 1',
    'puregalaxy_cutouts_total{outcome="failed"} 1',
    'puregalaxy_cutout_failures_total{kind="redirect"} 1',
    'puregalaxy_cutout_retries_total 1',
    'puregalaxy_cutout_seconds_count 2',
  ])
    expect(text).toContain(`${line}\n`)
  cutouts.close()
})
