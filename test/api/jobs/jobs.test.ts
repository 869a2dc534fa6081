import { createHash } from 'node:crypto'
import { appendFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'csv-parse/sync'
import sharp from 'sharp'
import { describe, expect, it, vi } from 'vitest'
import { parseKeys } from '../../../src/api/index.ts'
import { openJobs } from '../../../src/api/node/index.ts'
import { PureGalaxyError } from '../../../src/errors.ts'
import { useSmallDisk } from '../../io/small-disk.ts'
import { temporaryFolder } from '../../io/temporary-folder.ts'
import { brightnessModel, converse, form, pictureBody, problemOf, serveApp } from '../api-server.ts'
import { plain } from '../galaxy-pictures.ts'
import {
  brightnessOf,
  brightSky,
  catalogue,
  csv,
  eventsOf,
  type JobEvent,
  type JobJson,
  ndjson,
  serveJobs,
} from './job-server.ts'

const freeOf = (disk: string) => {
  const { bavail, bsize } = statfsSync(disk)
  return bavail * bsize
}

const later = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** A model that runs only while it is let. */
function heldModel() {
  let open = Promise.resolve()
  let letGo = () => {}
  const runs: number[] = []
  const work = async (pictures: number) => {
    runs.push(pictures)
    await open
  }
  const hold = () => {
    open = new Promise((resolve) => {
      letGo = resolve
    })
  }
  return { model: brightnessModel({ work }), runs, hold, letGo: () => letGo() }
}

describe('POST /v1/jobs', () => {
  it('takes a catalogue in CSV and gives each position a row, in order', async () => {
    const server = await serveJobs({ cutouts: brightSky })
    const response = await server.ask('/v1/jobs', { method: 'POST', ...csv(catalogue(300)) })
    expect(response.status).toBe(202)
    const job = (await response.json()) as JobJson
    expect(response.headers.get('location')).toBe(`/v1/jobs/${job.id}`)
    expect(job).toMatchObject({ source: 'catalogue', model: 'brightness', rows: 300, refused: 0 })
    const done = await server.reaches(job.id, 'done')
    expect(done).toMatchObject({ rows: 300, done: 300, refused: 0, secondsLeft: null })
    const rows = await server.results(job.id)
    expect(rows.map(({ id, ra, dec }) => [id, ra, dec])).toEqual(
      Array.from({ length: 300 }, (_, at) => [`g${at}`, at % 256, -1.5]),
    )
    expect(rows.map(brightnessOf)).toEqual(Array.from({ length: 300 }, (_, at) => at % 256))
  })

  it('takes a catalogue in NDJSON', async () => {
    const asked: unknown[] = []
    const cutouts = {
      fetch(place: { readonly ra: number }) {
        asked.push(place)
        return brightSky.fetch(place)
      },
    }
    const server = await serveJobs({ cutouts })
    const { id } = await server.submit(
      ndjson({ id: 'a', ra: 10, dec: 2, pixscale: 0.3 }, '', {
        id: 'b',
        ra: 20,
        dec: -2,
        more: [1, { x: 2 }],
      }),
    )
    await server.reaches(id, 'done')
    expect((await server.results(id)).map((row) => [row.id, brightnessOf(row)])).toEqual([
      ['a', 10],
      ['b', 20],
    ])
    expect(asked).toEqual([
      { ra: 10, dec: 2, pixelScale: 0.3 },
      { ra: 20, dec: -2 },
    ])
  })

  it('takes a form with text before its first boundary and behind its last', async () => {
    const server = await serveJobs()
    const body = Buffer.concat([
      Buffer.from('This is a multi-part message in MIME format.\r\n--b\r\n'),
      Buffer.from('Content-Disposition: form-data; name="p"; filename="m31.png"\r\n\r\n'),
      await plain(51),
      Buffer.from(`\r\n--b--\r\n${' '.repeat(200_000)}`),
    ])
    const { id } = await server.submit({
      body,
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    })
    await server.reaches(id, 'done')
    expect((await server.results(id)).map((row) => [row.id, brightnessOf(row)])).toEqual([['m31.png', 51]])
  })

  it('takes pictures as a form, and tells of each what is wrong with it', async () => {
    const server = await serveJobs()
    const files: [string, Uint8Array][] = [
      ['one.png', await plain(51)],
      ['text.png', Buffer.from('no picture')],
      ['empty.png', Buffer.alloc(0)],
      ['four.png', await plain(204)],
    ]
    const { id, source } = await server.submit({ body: form(...files) })
    expect(source).toBe('pictures')
    expect(await server.reaches(id, 'done')).toMatchObject({ rows: 4, done: 4, refused: 2 })
    const rows = await server.results(id)
    expect(rows.map((row) => [row.id, row.error ?? brightnessOf(row)])).toEqual([
      ['one.png', 51],
      ['text.png', expect.stringContaining('picture 1 is no JPEG, PNG or WebP')],
      ['empty.png', 'picture 2 is empty.'],
      ['four.png', 204],
    ])
  })

  it('takes the model that ?model= names, and the first without', async () => {
    const classifiers = [brightnessModel(), brightnessModel({ name: 'other' })]
    const server = await serveJobs({}, { classifiers })
    const body = form(['a', await plain(1)])
    const { id } = await server.submit({ body }, '?model=other')
    await server.reaches(id, 'done')
    expect(await server.results(id)).toMatchObject([{ model: 'other' }])
    const post = { method: 'POST', body }
    expect(await problemOf(await server.ask('/v1/jobs?model=none', post))).toEqual([404, 'api.no-such-model'])
    for (const query of ['modle=other', 'model=other&model=brightness'])
      expect(await problemOf(await server.ask(`/v1/jobs?${query}`, post))).toEqual([422, 'api.schema'])
  })

  it('refuses positions where there is no source of cut-outs', async () => {
    const { ask } = await serveJobs()
    const response = await ask('/v1/jobs', { method: 'POST', ...csv(catalogue(1)) })
    expect(await problemOf(response)).toEqual([422, 'api.jobs.no-cutouts'])
  })

  it('refuses other media types, encodings, and charsets', async () => {
    const { ask } = await serveJobs({ cutouts: brightSky })
    const send = async (headers: Record<string, string>) =>
      problemOf(await ask('/v1/jobs', { method: 'POST', body: catalogue(1), headers }))
    for (const type of ['text/plain', 'application/json', 'image/png', '', 'text/csv; charset=latin1'])
      expect(await send({ 'content-type': type })).toEqual([415, 'api.media-type'])
    expect(await send({ 'content-type': 'text/csv', 'content-encoding': 'gzip' })).toEqual([
      415,
      'api.content-encoding',
    ])
  })

  it('refuses more rows, bytes and open jobs than there may be, and leaves nothing of them', async () => {
    const { model, hold, letGo } = heldModel()
    const limits = { rows: 3000, bodyBytes: 200_000, open: 2 }
    const server = await serveJobs({ cutouts: brightSky, limits }, { classifiers: [model] })
    const send = async (body: string) =>
      problemOf(await server.ask('/v1/jobs', { method: 'POST', ...csv(body) }))
    expect(await send(catalogue(3001))).toEqual([413, 'api.too-many-items'])
    expect(await send(`${catalogue(10)}${' '.repeat(200_000)}`)).toEqual([413, 'api.too-large'])
    hold()
    await server.submit(csv(catalogue(2)))
    const { id } = await server.submit(csv(catalogue(1)))
    const response = await server.ask('/v1/jobs', { method: 'POST', ...csv(catalogue(1)) })
    expect(response.headers.get('retry-after')).toBe('30')
    expect(await problemOf(response)).toEqual([429, 'api.too-many-jobs'])
    letGo()
    await server.reaches(id, 'done')
    expect((await server.ask('/v1/jobs', { method: 'POST', ...csv(catalogue(1)) })).status).toBe(202)
    const { jobs } = (await (await server.ask('/v1/jobs')).json()) as { jobs: JobJson[] }
    expect(jobs.map(({ rows }) => rows)).toEqual([1, 1, 2])
  })

  it('refuses jobs with 507 when the database is as large as it may be', async () => {
    const { model, hold, letGo } = heldModel()
    const server = await serveJobs({ limits: { storedBytes: 300_000 } }, { classifiers: [model] })
    const noise = Uint8Array.from({ length: 400 * 400 * 3 }, (_, at) => (at * at * 2654435761) >>> 13)
    const picture = await sharp(noise, { raw: { width: 400, height: 400, channels: 3 } })
      .png()
      .toBuffer()
    const post = { method: 'POST', body: form(['a', picture]) }
    hold()
    expect((await server.ask('/v1/jobs', post)).status).toBe(202)
    expect(await problemOf(await server.ask('/v1/jobs', post))).toEqual([507, 'api.jobs.full'])
    letGo()
    await vi.waitUntil(async () => (await server.ask('/v1/jobs', post)).status === 202, { timeout: 30_000 })
  })

  it('refused with 507 in the middle of its body say that the connection is closed', async () => {
    const server = await serveJobs({ limits: { storedBytes: 300_000 } })
    const part = `--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n${'x'.repeat(3e6)}\r\n`
    const head =
      'POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 90000000\r\n\r\n'
    const answer = await converse(server.port, [head, ...Array<string>(9).fill(part)], { gap: 50 })
    expect(answer).toMatch(/^HTTP\/1.1 507 [\s\S]*^connection: close[\s\S]*\}$/im)
  })

  it('gives up a body that comes too slowly, and forgets it', async () => {
    const server = await serveJobs({ cutouts: brightSky, limits: { uploadTime: 200 } })
    const body = new ReadableStream({
      async pull(controller) {
        await later(60)
        controller.enqueue(new TextEncoder().encode('id,ra,dec\n'))
      },
    })
    const headers = { 'content-type': 'text/csv' }
    const response = await server.ask('/v1/jobs', {
      method: 'POST',
      body,
      headers,
      duplex: 'half',
    } as RequestInit)
    expect(await problemOf(response)).toEqual([408, 'api.slow-body'])
    expect(await (await server.ask('/v1/jobs')).json()).toEqual({ jobs: [], next: null })
  })
})

describe('an Idempotency-Key', () => {
  const key = (text: string) => ({ 'idempotency-key': text })

  it('answers the same job for the same rows, however their bytes come', async () => {
    const server = await serveJobs({ cutouts: brightSky })
    const first = await server.submit(csv(catalogue(5), key('"night-7"')))
    await server.reaches(first.id, 'done')
    const again = [
      csv(catalogue(5), key('night-7')),
      csv(catalogue(5).replaceAll('\n', '\r\n'), key('night-7')),
      csv(`﻿${catalogue(5)}`, key('night-7')),
    ]
    for (const init of again) expect(await server.submit(init)).toMatchObject({ id: first.id, state: 'done' })
    expect((await server.submit(csv(catalogue(5)))).id).not.toBe(first.id)
  })

  it('knows pictures again though the boundary of their form is another', async () => {
    const server = await serveJobs()
    const png = await plain(9)
    const send = () => server.submit({ body: form(['a', png], ['b', png]), headers: key('k') })
    const { id } = await send()
    expect((await send()).id).toBe(id)
  })

  it('is refused with other rows, or another model', async () => {
    const classifiers = [brightnessModel(), brightnessModel({ name: 'other' })]
    const server = await serveJobs({ cutouts: brightSky }, { classifiers })
    const { id } = await server.submit(csv(catalogue(5), key('k')))
    const named = { method: 'POST', ...csv(catalogue(5), key('k')) }
    expect(await (await server.ask('/v1/jobs?model=brightness', named)).json()).toMatchObject({ id })
    for (const [query, rows] of [
      ['', 4],
      ['?model=other', 5],
    ] as const) {
      const response = await server.ask(`/v1/jobs${query}`, {
        method: 'POST',
        ...csv(catalogue(rows), key('k')),
      })
      expect(await problemOf(response)).toEqual([422, 'api.idempotency-key-reused'])
    }
  })

  it('is refused while its first job is being sent, and free when that was given up', async () => {
    const server = await serveJobs({ cutouts: brightSky })
    const client = new AbortController()
    let end = () => {}
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(catalogue(3)))
        end = () => controller.close()
      },
    })
    const init = { method: 'POST', headers: { 'content-type': 'text/csv', ...key('k') } }
    const first = server.ask('/v1/jobs', {
      ...init,
      body,
      duplex: 'half',
      signal: client.signal,
    } as RequestInit)
    await later(200)
    const second = await server.ask('/v1/jobs', { ...init, body: catalogue(3) })
    expect(await problemOf(second)).toEqual([409, 'api.idempotency-key-in-use'])
    client.abort()
    await expect(first).rejects.toThrow()
    end()
    await vi.waitUntil(
      async () => (await server.ask('/v1/jobs', { ...init, body: catalogue(3) })).status === 202,
      {
        timeout: 10_000,
      },
    )
  })

  it.each(['', ' ', '""', 'é', 'a\tb', 'x'.repeat(256)])('that is none is refused: %j', async (text) => {
    const server = await serveJobs({ cutouts: brightSky })
    const headers = new Headers({ 'content-type': 'text/csv' })
    headers.set('idempotency-key', text)
    const response = await server.ask('/v1/jobs', { method: 'POST', headers, body: catalogue(1) })
    // A header of blanks alone is as good as none to HTTP.
    expect(await problemOf(response)).toEqual([400, 'api.idempotency-key'])
  })
})

describe('owners', () => {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const bearer = (text: string) => ({ authorization: `Bearer ${text}` })

  it('see their own jobs alone', async () => {
    const keys = parseKeys(`a ${hash('one')}\nb ${hash('two')}\n`)
    const server = await serveJobs({ cutouts: brightSky }, { keys })
    const post = (token: string, more = {}) =>
      server.ask('/v1/jobs', { method: 'POST', ...csv(catalogue(2), { ...bearer(token), ...more }) })
    const { id } = (await (await post('one', { 'idempotency-key': 'k' })).json()) as JobJson
    const mine = await server.ask(`/v1/jobs/${id}`, { headers: bearer('one') })
    expect(mine.status).toBe(200)
    for (const [path, method] of [
      [`/v1/jobs/${id}`, 'GET'],
      [`/v1/jobs/${id}/events`, 'GET'],
      [`/v1/jobs/${id}/results`, 'GET'],
      [`/v1/jobs/${id}`, 'DELETE'],
    ] as const) {
      const response = await server.ask(path, { method, headers: bearer('two') })
      expect(await problemOf(response)).toEqual([404, 'api.no-such-job'])
      expect((await server.ask(path, { method })).status).toBe(401)
    }
    const list = await server.ask('/v1/jobs', { headers: bearer('two') })
    expect(await list.json()).toEqual({ jobs: [], next: null })
    const other = (await (await post('two', { 'idempotency-key': 'k' })).json()) as JobJson
    expect(other.id).not.toBe(id)
    expect((await server.ask(`/v1/jobs/${id}`, { headers: bearer('one') })).status).toBe(200)
  })
})

describe('GET /v1/jobs', () => {
  it('lists jobs by pages, the newest first', async () => {
    const server = await serveJobs({ cutouts: brightSky, limits: { open: 100 } })
    const ids: string[] = []
    for (let at = 0; at < 5; at++) ids.unshift((await server.submit(csv(catalogue(1)))).id)
    const seen: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const query: string = next === '' ? '?limit=2' : `?limit=2&before=${next}`
      const page = (await (await server.ask(`/v1/jobs${query}`)).json()) as {
        jobs: JobJson[]
        next: string | null
      }
      expect(page.jobs.length).toBeLessThanOrEqual(2)
      seen.push(...page.jobs.map(({ id }) => id))
      next = page.next
    }
    expect(seen).toEqual(ids)
    for (const query of ['?limit=0', '?limit=201', '?limit=x', '?page=2'])
      expect(await problemOf(await server.ask(`/v1/jobs${query}`))).toEqual([422, 'api.schema'])
    expect(await problemOf(await server.ask('/v1/jobs?before=none'))).toEqual([404, 'api.no-such-job'])
  })
})

describe('results', () => {
  it('come as CSV or NDJSON, by Accept or by ?format=, with the columns of classify', async () => {
    const server = await serveJobs({ cutouts: brightSky })
    const { id } = await server.submit(csv('ra,dec,id\n51,1,"a, ""b""\nc"\n102,-1,d\n'))
    await server.reaches(id, 'done')
    const get = async (query: string, accept = '*/*') => {
      const response = await server.ask(`/v1/jobs/${id}/results${query}`, { headers: { accept } })
      return [response.headers.get('content-type'), await response.text()] as const
    }
    const [type, text] = await get('?format=csv')
    expect(type).toBe('text/csv; charset=utf-8; header=present')
    const rows = parse(text, { columns: true }) as Record<string, string>[]
    expect(rows.map(({ id, ra, dec, confidence }) => [id, ra, dec, confidence])).toEqual([
      ['a, "b"\nc', '51', '1', '0.2'],
      ['d', '102', '-1', '0.4'],
    ])
    const [other, lines] = await get('')
    expect(other).toBe('application/x-ndjson')
    expect(Object.keys(JSON.parse(lines.split('\n')[0]!))).toEqual(Object.keys(rows[0]!))
    expect((await get('', 'text/csv'))[1]).toBe(text)
    expect((await get('', 'application/x-ndjson, text/csv;q=0.1'))[1]).toBe(lines)
    expect((await get('', 'text/csv;q=0.1, application/x-ndjson'))[1]).toBe(lines)
    expect((await get('', 'text/csv;q=0'))[1]).toBe(lines)
    expect((await get('?format=ndjson', 'text/csv'))[1]).toBe(lines)
    expect((await get('?from=1'))[1]).toBe(`${lines.split('\n')[1]}\n`)
    expect((await get('?from=2'))[1]).toBe('')
    for (const query of ['?format=xml', '?from=-1', '?from=x', '?form=csv'])
      expect(await problemOf(await server.ask(`/v1/jobs/${id}/results${query}`))).toEqual([422, 'api.schema'])
  })

  it('of a job that is worked on end before the first row that waits', async () => {
    const sky = { open: false }
    const cutouts = {
      async fetch(place: { readonly ra: number }) {
        while (place.ra === 40 && !sky.open) await later(10)
        return brightSky.fetch(place)
      },
    }
    const server = await serveJobs({ cutouts })
    const { id } = await server.submit(csv(catalogue(200)))
    await vi.waitUntil(async () => (await server.job(id)).done > 32, { timeout: 30_000 })
    const rows = await server.results(id)
    expect(rows.map((row) => row.id)).toEqual(Array.from({ length: 32 }, (_, at) => `g${at}`))
    sky.open = true
    await server.reaches(id, 'done')
    expect((await server.results(id, '?from=32')).map((row) => row.id)).toEqual(
      Array.from({ length: 168 }, (_, at) => `g${at + 32}`),
    )
  })
})

describe('events', () => {
  it('tell the course of a job, and end', async () => {
    const server = await serveJobs({ cutouts: brightSky })
    const { id } = await server.submit(csv(catalogue(500)))
    const events: JobEvent[] = []
    for await (const event of eventsOf(`${server.url}/v1/jobs/${id}/events`)) events.push(event)
    const last = events.at(-1)!
    expect(last).toMatchObject({ event: 'end', data: { id, state: 'done', done: 500 } })
    expect(events.slice(0, -1).every(({ event }) => event === 'progress')).toBe(true)
    const numbers = events.map((event) => event.id)
    expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other))
    const counts = events.map(({ data }) => data.done)
    expect(counts).toEqual([...counts].sort((one, other) => one - other))
  })

  it('go on after the last one that the client has, and answer 204 when there are no more', async () => {
    const { model, hold, letGo } = heldModel()
    const server = await serveJobs({ cutouts: brightSky }, { classifiers: [model] })
    hold()
    const { id } = await server.submit(csv(catalogue(100)))
    const url = `${server.url}/v1/jobs/${id}/events`
    const client = new AbortController()
    const first = eventsOf(url, {}, client.signal)
    const { value } = await first.next()
    expect(value).toMatchObject({ event: 'progress', id: 1, data: { done: 0 } })
    client.abort()
    letGo()
    const rest: JobEvent[] = []
    for await (const event of eventsOf(url, { 'last-event-id': '1' })) rest.push(event)
    expect(rest[0]!.id).toBeGreaterThan(1)
    const end = rest.at(-1)!
    expect(end.event).toBe('end')
    const after = await fetch(url, { headers: { 'last-event-id': String(end.id) } })
    expect([after.status, await after.text()]).toEqual([204, ''])
    const anew: JobEvent[] = []
    for await (const event of eventsOf(url)) anew.push(event)
    expect(anew).toEqual([end])
  })

  it('tell a job again when nothing changes, so that the connection is not taken for dead', async () => {
    const { model, hold, letGo } = heldModel()
    const server = await serveJobs({ cutouts: brightSky, heartbeat: 30 }, { classifiers: [model] })
    hold()
    const { id } = await server.submit(csv(catalogue(1)))
    const events: JobEvent[] = []
    for await (const event of eventsOf(`${server.url}/v1/jobs/${id}/events`)) {
      events.push(event)
      if (events.length === 3) letGo()
    }
    expect(events.slice(0, 3).map((event) => event.id)).toEqual([1, 1, 1])
    expect(events.at(-1)!.event).toBe('end')
  })

  it('have so many streams at once and no more, and give back those of clients that are gone', async () => {
    const { model, hold, letGo } = heldModel()
    const server = await serveJobs({ cutouts: brightSky, limits: { streams: 2 } }, { classifiers: [model] })
    hold()
    const { id } = await server.submit(csv(catalogue(1)))
    const path = `/v1/jobs/${id}/events`
    for (let at = 0; at < 5; at++) expect((await server.ask(path, { method: 'HEAD' })).status).toBe(200)
    const client = new AbortController()
    for (let at = 0; at < 2; at++) await server.ask(path, { signal: client.signal })
    expect(await problemOf(await server.ask(path))).toEqual([503, 'api.busy'])
    client.abort()
    await vi.waitUntil(async () => {
      const response = await server.ask(path, { signal: AbortSignal.timeout(5000) })
      await response.body?.cancel()
      return response.status === 200
    })
    letGo()
  })
})

describe('DELETE /v1/jobs/{id}', () => {
  it('cancels an open job, whose results stay, and removes one that is final', async () => {
    const sky = { open: false }
    const cutouts = {
      async fetch(place: { readonly ra: number }) {
        while (place.ra >= 40 && !sky.open) await later(10)
        return brightSky.fetch(place)
      },
    }
    const server = await serveJobs({ cutouts })
    const { id } = await server.submit(csv(catalogue(200)))
    await vi.waitUntil(async () => (await server.job(id)).done === 32, { timeout: 30_000 })
    const response = await server.ask(`/v1/jobs/${id}`, { method: 'DELETE' })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ state: 'cancelled', done: 32, rows: 200 })
    sky.open = true
    await later(300)
    expect(await server.job(id)).toMatchObject({ state: 'cancelled', done: 32 })
    expect(await server.results(id)).toHaveLength(32)
    expect((await server.ask(`/v1/jobs/${id}`, { method: 'DELETE' })).status).toBe(204)
    for (const path of ['', '/results', '/events'])
      expect(await problemOf(await server.ask(`/v1/jobs/${id}${path}`))).toEqual([404, 'api.no-such-job'])
    expect(await problemOf(await server.ask(`/v1/jobs/${id}`, { method: 'DELETE' }))).toEqual([
      404,
      'api.no-such-job',
    ])
  })

  it('ends the events of the job', async () => {
    const { model, hold, letGo } = heldModel()
    const server = await serveJobs({ cutouts: brightSky }, { classifiers: [model] })
    hold()
    const { id } = await server.submit(csv(catalogue(5)))
    const events = eventsOf(`${server.url}/v1/jobs/${id}/events`)
    await events.next()
    await server.ask(`/v1/jobs/${id}`, { method: 'DELETE' })
    expect((await events.next()).value).toMatchObject({ event: 'end', data: { state: 'cancelled' } })
    expect((await events.next()).done).toBe(true)
    letGo()
  })
})

describe('retention', () => {
  it('removes jobs that did not change for so long, and what they brought', async () => {
    const server = await serveJobs({ cutouts: brightSky, limits: { retention: 400 } })
    const { id } = await server.submit(csv(catalogue(10)))
    expect((await server.reaches(id, 'done')).expires).toMatch(/^\d{4}-/)
    await vi.waitUntil(async () => (await server.ask(`/v1/jobs/${id}`)).status === 404, { timeout: 30_000 })
    expect(await (await server.ask('/v1/jobs')).json()).toEqual({ jobs: [], next: null })
  })
})

describe('a source of cut-outs', () => {
  it('that refuses one place has it told in its row', async () => {
    const cutouts = {
      async fetch(place: { readonly ra: number }) {
        if (place.ra === 3) throw new PureGalaxyError('survey.cutout', 'no such place')
        return brightSky.fetch(place)
      },
    }
    const server = await serveJobs({ cutouts })
    const { id } = await server.submit(csv(catalogue(5)))
    expect(await server.reaches(id, 'done')).toMatchObject({ done: 5, refused: 1 })
    expect((await server.results(id)).map(({ error }) => error === null)).toEqual([
      true,
      true,
      true,
      false,
      true,
    ])
  })

  it('that has enough in the middle is asked later, and no row has its error', async () => {
    let asked = 0
    const cutouts = {
      async fetch(place: { readonly ra: number }) {
        if (++asked > 20 && asked < 60) throw new PureGalaxyError('api.cutout.busy', 'ask later')
        return brightSky.fetch(place)
      },
    }
    const server = await serveJobs({ cutouts })
    const { id } = await server.submit(csv(catalogue(100)))
    expect(await server.reaches(id, 'done')).toMatchObject({ done: 100, refused: 0 })
    expect((await server.results(id)).map(brightnessOf)).toEqual(Array.from({ length: 100 }, (_, at) => at))
  })

  it('is left free for requests: jobs ask for few cut-outs at once', async () => {
    let [now, most] = [0, 0]
    const cutouts = {
      async fetch(place: { readonly ra: number }) {
        most = Math.max(most, ++now)
        await later(5)
        now--
        return brightSky.fetch(place)
      },
    }
    const server = await serveJobs({ cutouts, fetches: 3 })
    const { id } = await server.submit(csv(catalogue(100)))
    await server.reaches(id, 'done')
    expect(most).toBe(3)
  })

  it('that fails for all is asked again, and the job says why it waits', async () => {
    const sky = { open: false }
    const failure = new PureGalaxyError('api.busy', 'the survey is busy')
    const cutouts = {
      async fetch(place: { readonly ra: number }) {
        if (!sky.open) throw failure
        return brightSky.fetch(place)
      },
    }
    const server = await serveJobs({ cutouts })
    const { id } = await server.submit(csv(catalogue(5)))
    await vi.waitUntil(async () => (await server.job(id)).detail !== null, { timeout: 30_000 })
    expect(await server.job(id)).toMatchObject({ state: 'queued', detail: 'the survey is busy', done: 0 })
    sky.open = true
    expect(await server.reaches(id, 'done')).toMatchObject({ done: 5, refused: 0, detail: null })
  })
})

describe('a source that fails for all', () => {
  it('for an hour has its error told in the rows, and the job ends', async () => {
    const failure = new PureGalaxyError('api.busy', 'the survey is busy')
    const server = await serveJobs({ cutouts: { fetch: () => Promise.reject(failure) } })
    const { id } = await server.submit(csv(catalogue(5)))
    await vi.waitUntil(async () => (await server.job(id)).detail !== null, { timeout: 30_000 })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_700_000 })
    try {
      expect(await server.reaches(id, 'done')).toMatchObject({ done: 5, refused: 5 })
    } finally {
      vi.useRealTimers()
    }
    expect((await server.results(id)).map(({ error }) => error)).toEqual(Array(5).fill('the survey is busy'))
  })
})

describe('jobs', () => {
  it('take turns: a small one does not wait for a large one', async () => {
    const server = await serveJobs({ cutouts: brightSky })
    const large = await server.submit(csv(catalogue(3000)))
    const small = await server.submit(csv(catalogue(5)))
    await server.reaches(small.id, 'done')
    expect((await server.job(large.id)).done).toBeLessThan(3000)
  })

  it('let requests go first: one waits for no more than one batch', async () => {
    const runs: number[] = []
    const work = async (pictures: number) => {
      runs.push(pictures)
      await later(50)
    }
    const server = await serveJobs({ cutouts: brightSky }, { classifiers: [brightnessModel({ work })] })
    await server.submit(csv(catalogue(600)))
    await later(300)
    const png = await plain(1)
    for (let at = 0; at < 5; at++) {
      const before = runs.length
      expect((await server.ask('/v1/classify', pictureBody(png))).status).toBe(200)
      // The batch that ran, the picture itself, and what began before the answer was read.
      expect(runs.length - before).toBeLessThanOrEqual(3)
      await later(100)
    }
    // The job went on meanwhile, and in full batches.
    const full = () => runs.filter((pictures) => pictures === 16).length
    await vi.waitUntil(() => full() > 5, { timeout: 30_000 })
  })

  it('of a model that is not served any more are stalled, and go on when it is', async () => {
    const folder = temporaryFolder()
    const { model, hold, letGo } = heldModel()
    const first = await serveJobs({ folder, cutouts: brightSky }, { classifiers: [model] })
    hold()
    const { id } = await first.submit(csv(catalogue(400)))
    await later(100)
    const stopped = first.stop(5000)
    letGo()
    await stopped
    await first.jobs.close()
    const classifiers = [{ ...brightnessModel(), version: 'test-2' }]
    const second = await serveJobs({ folder, cutouts: brightSky }, { classifiers })
    const stalled = await second.job(id)
    expect(stalled.state).toBe('stalled')
    expect(stalled.detail).toMatch(/Version test-1 of the model brightness is not served now/)
    await second.stop(1000)
    await second.jobs.close()
    const third = await serveJobs({ folder })
    expect(await third.job(id)).toMatchObject({
      state: 'stalled',
      detail: expect.stringContaining('cut-outs'),
    })
    await third.stop(1000)
    await third.jobs.close()
    const fourth = await serveJobs({ folder, cutouts: brightSky })
    expect(await fourth.reaches(id, 'done')).toMatchObject({ done: 400 })
    expect((await fourth.results(id)).map((row) => row.id)).toEqual(
      Array.from({ length: 400 }, (_, at) => `g${at}`),
    )
  })

  it('end a chunk and no more when the server is stopped', async () => {
    const { model, hold, letGo, runs } = heldModel()
    const server = await serveJobs({ cutouts: brightSky }, { classifiers: [model] })
    hold()
    const { id } = await server.submit(csv(catalogue(500)))
    await later(200)
    runs.length = 0
    const events = await server.ask(`/v1/jobs/${id}/events`)
    const ended = events.text()
    const stopped = server.stop(10_000)
    await ended
    letGo()
    await stopped
    expect(runs.length).toBeLessThan(6)
    const response = await server.app.fetch(
      new Request('http://localhost/v1/jobs', { method: 'POST', ...csv(catalogue(1)) }),
    )
    expect(await problemOf(response)).toEqual([503, 'api.not-ready'])
  })

  it('are not there where no folder is given', async () => {
    const { ask } = await serveApp()
    expect(await problemOf(await ask('/v1/jobs'))).toEqual([404, 'api.no-such-route'])
  })
})

describe('/openapi.json', () => {
  it('describes the routes of jobs, and the answers that they give', async () => {
    const server = await serveJobs({ cutouts: brightSky })
    const document = (await (await server.ask('/openapi.json')).json()) as { paths: Record<string, object> }
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      path.startsWith('/v1/jobs') ? Object.keys(methods).map((method) => `${method} ${path}`) : [],
    )
    expect(routes.sort()).toEqual([
      'delete /v1/jobs/{id}',
      'get /v1/jobs',
      'get /v1/jobs/{id}',
      'get /v1/jobs/{id}/events',
      'get /v1/jobs/{id}/results',
      'post /v1/jobs',
    ])
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema(document, 'api')
    const conforms = (schema: string, value: unknown) => {
      const validate = ajv.getSchema(`api#/components/schemas/${schema}`)!
      expect(validate(value), JSON.stringify(validate.errors)).toBe(true)
    }
    const job = await server.submit(csv('id,ra,dec\na,1,2\nb,nan,2\n'))
    conforms('Job', job)
    conforms('Job', await server.reaches(job.id, 'done'))
    conforms('Jobs', await (await server.ask('/v1/jobs')).json())
    for (const row of await server.results(job.id)) conforms('Prediction', row)
    const position = ajv.getSchema('api#/components/schemas/CataloguePosition')!
    expect(position({ id: 'a', ra: 1, dec: 2, more: 3 })).toBe(true)
    expect(position({ id: 1, ra: 1, dec: 2 })).toBe(false)
  })
})

describe('a folder of jobs', () => {
  const smallDisk = useSmallDisk()

  it('on a disk that is full refuses jobs with 507, and takes them when there is room (skipped where a small tmpfs cannot be mounted)', async (context) => {
    const disk = join(temporaryFolder(), 'disk')
    if (!(await smallDisk(disk))) return context.skip()
    const server = await serveJobs({ folder: join(disk, 'jobs') })
    const post = (bytes: number) =>
      server.ask('/v1/jobs', { method: 'POST', body: form(['a', Buffer.alloc(bytes)]) })
    for (let at = 0; at < 3; at++)
      expect(await problemOf(await post(1_500_000))).toEqual([507, 'api.jobs.full'])
    expect(await (await server.ask('/v1/jobs')).json()).toEqual({ jobs: [], next: null })
    const { id } = (await (await post(10)).json()) as JobJson
    expect(await server.reaches(id, 'done')).toMatchObject({ refused: 1 })
    await server.stop(1000)
    await server.jobs.close()
  })

  for (const [mebibytes, rows, times] of [
    [1, 20_000, 2],
    [30, 150_000, 1],
  ] as const)
    it(`on a disk of ${mebibytes} MiB goes on after a catalogue of ${rows} rows that is too large for it (skipped where a small tmpfs cannot be mounted)`, async (context) => {
      const disk = join(temporaryFolder(), 'disk')
      if (!(await smallDisk(disk, mebibytes))) return context.skip()
      const folder = join(disk, 'jobs')
      const server = await serveJobs({ folder, cutouts: brightSky })
      const small = catalogue(20)
      const done = await server.submit(csv(small))
      await server.reaches(done.id, 'done')
      const before = freeOf(disk)
      const id = 'g'.repeat(240)
      const large = Array.from({ length: rows }, (_, at) => `${id}${at},1,-1.5\n`).join('')
      for (let time = 0; time < times; time++) {
        const post = { method: 'POST', ...csv(`id,ra,dec\n${large}`) }
        expect(await problemOf(await server.ask('/v1/jobs', post))).toEqual([507, 'api.jobs.full'])
        // A connection whose body was not read to its end is closed.
        await later(1000)
        for (let at = 0; at < 4; at++) await server.reaches((await server.submit(csv(small))).id, 'done')
      }
      await vi.waitFor(() => expect(freeOf(disk)).toBeGreaterThan(before - 400_000), { timeout: 10_000 })
      const remove = async ({ id }: JobJson) =>
        (await server.ask(`/v1/jobs/${id}`, { method: 'DELETE' })).status
      expect(await remove(done)).toBe(204)
      await server.stop(1000)
      await server.jobs.close()
    })

  it('on a disk that others fill lets a job be removed, and opens again (skipped where a small tmpfs cannot be mounted)', async (context) => {
    const disk = join(temporaryFolder(), 'disk')
    if (!(await smallDisk(disk, 8))) return context.skip()
    const folder = join(disk, 'jobs')
    const server = await serveJobs({ folder, cutouts: brightSky })
    const done = await server.submit(csv(catalogue(20)))
    await server.reaches(done.id, 'done')
    const fill = () => {
      writeFileSync(join(disk, 'other'), '')
      expect(() => {
        for (;;) appendFileSync(join(disk, 'other'), Buffer.alloc(4096))
      }).toThrow('ENOSPC')
    }
    fill()
    const post = { method: 'POST', ...csv(catalogue(2)) }
    expect(await problemOf(await server.ask('/v1/jobs', post))).toEqual([507, 'api.jobs.full'])
    expect((await server.ask(`/v1/jobs/${done.id}`, { method: 'DELETE' })).status).toBe(204)
    await server.stop(1000)
    await server.jobs.close()
    fill()
    const failures: unknown[] = []
    const observers = [{ failure: (error: unknown) => failures.push(error) }]
    const again = await serveJobs({ folder, cutouts: brightSky }, { observers })
    await vi.waitFor(() => expect(failures).toMatchObject([{ code: 'api.jobs.full' }]))
    expect(await problemOf(await again.ask('/v1/jobs', post))).toEqual([507, 'api.jobs.full'])
    rmSync(join(disk, 'other'))
    await again.reaches((await again.submit(csv(catalogue(2)))).id, 'done')
    await again.stop(1000)
    await again.jobs.close()
  })

  for (const [what, lose] of [
    ['moved', (folder: string) => renameSync(folder, `${folder}.gone`)],
    ['removed', (folder: string) => rmSync(folder, { recursive: true })],
    ['emptied of the file beside it', (folder: string) => rmSync(join(folder, 'jobs.sqlite-wal'))],
  ] as const)
    it(`that is ${what} while the server runs takes no job, as it would be lost`, async () => {
      const folder = join(temporaryFolder(), 'jobs')
      const failures: unknown[] = []
      const observers = [{ failure: (error: unknown) => failures.push(error) }]
      const server = await serveJobs({ folder, cutouts: brightSky }, { observers })
      const { id } = await server.submit(csv(catalogue(2)))
      await server.reaches(id, 'done')
      expect((await server.ask('/health/ready')).status).toBe(200)
      lose(folder)
      const post = { method: 'POST', ...csv(catalogue(2)) }
      for (let time = 0; time < 2; time++)
        expect(await problemOf(await server.ask('/v1/jobs', post))).toEqual([503, 'api.jobs.moved'])
      expect(failures).toMatchObject([{ code: 'api.jobs.moved' }])
      const figures = await server.jobs.gauges!.jobs!()
      expect(figures.storeFailures.failed).toBe(2)
      const ready = await server.ask('/health/ready')
      expect([ready.status, await ready.json()]).toMatchObject([503, { status: 'broken' }])
      if (what !== 'moved') return
      renameSync(`${folder}.gone`, folder)
      await server.reaches((await server.submit(csv(catalogue(2)))).id, 'done')
      expect((await server.ask('/health/ready')).status).toBe(200)
    })

  it('that is moved while a job arrives does not take it', async () => {
    const folder = join(temporaryFolder(), 'jobs')
    const server = await serveJobs({ folder, cutouts: brightSky })
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        controller.enqueue(new TextEncoder().encode(catalogue(2)))
        // Its rows have begun to come by then.
        await later(500)
        renameSync(folder, `${folder}.gone`)
        controller.close()
      },
    })
    const post = { method: 'POST', headers: { 'content-type': 'text/csv' }, body, duplex: 'half' } as const
    expect(await problemOf(await server.ask('/v1/jobs', post))).toEqual([503, 'api.jobs.moved'])
    expect(await (await server.ask('/v1/jobs')).json()).toMatchObject({ jobs: [] })
  })

  it('is of one server alone', async () => {
    const folder = temporaryFolder()
    const jobs = await openJobs({ folder })
    await expect(openJobs({ folder })).rejects.toMatchObject({ code: 'api.jobs.in-use' })
    await jobs.close()
    await (await openJobs({ folder })).close()
  })
})
