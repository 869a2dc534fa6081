import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../src/api/index.ts'
import { decodeUpload } from '../../src/api/node/index.ts'
import {
  brightnessModel,
  converse,
  form,
  jsonBody,
  pictureBody,
  problemOf,
  serveApp,
  type TestServer,
} from './api-server.ts'
import { plain } from './galaxy-pictures.ts'

let png: Buffer
beforeAll(async () => {
  png = await plain(51)
})

const POST = 'POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n'
const later = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** A model whose runs end when they are let go; the warm-up's are not held. */
function heldModel() {
  let hold = false
  const held: (() => void)[] = []
  const work = () => (hold ? new Promise<void>((resolve) => held.push(resolve)) : Promise.resolve())
  return {
    model: brightnessModel({ work }),
    hold: () => {
      hold = true
    },
    letGo: () => {
      hold = false
      for (const go of held.splice(0)) go()
    },
  }
}

async function worksStill({ ask }: TestServer): Promise<void> {
  expect((await ask('/v1/classify', pictureBody(png))).status).toBe(200)
}

describe('a body', () => {
  it('that claims to be too long is refused before it is read', async () => {
    const server = await serveApp({ limits: { bodyBytes: 1000 } })
    const answer = await converse(server.port, [`${POST}Content-Length: 1001\r\n\r\n`])
    expect(answer).toMatch(/^HTTP\/1.1 413 [\s\S]*"code":"api.too-large"/)
    await worksStill(server)
  })

  it('in chunks that comes to be too long is refused', async () => {
    const server = await serveApp({ limits: { bodyBytes: 1000 } })
    const chunk = `190\r\n${'x'.repeat(0x190)}\r\n`
    const answer = await converse(server.port, [
      `${POST}Transfer-Encoding: chunked\r\n\r\n`,
      chunk,
      chunk,
      chunk,
    ])
    expect(answer).toMatch(/^HTTP\/1.1 413 /)
    await worksStill(server)
  })

  it('that is shorter than it claims is waited for until the deadline', async () => {
    const server = await serveApp({ limits: { deadline: 300 } })
    const answer = await converse(server.port, [`${POST}Content-Length: 500\r\n\r\n`, png])
    expect(answer).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"api.slow-body"/)
    await worksStill(server)
  })

  it('that is longer than it claims ends where it claims', async () => {
    const server = await serveApp()
    const answer = await converse(server.port, [
      `${POST}Content-Length: ${png.length}\r\n\r\n`,
      png,
      'rubbish\r\n\r\n',
    ])
    expect(answer).toMatch(/HTTP\/1.1 400 /)
    await worksStill(server)
  })

  it('that drips in is cut off at the deadline', async () => {
    const server = await serveApp({ limits: { deadline: 400 } })
    const started = performance.now()
    const drops = Array.from(png.subarray(0, 60), (byte) => Buffer.from([byte]))
    const answer = await converse(server.port, [`${POST}Content-Length: 60\r\n\r\n`, ...drops], { gap: 30 })
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    expect(performance.now() - started).toBeLessThan(3000)
    await worksStill(server)
  })

  it.each(['gzip', 'br', 'deflate', 'identity, gzip', 'x'])('encoded as %s is refused', async (encoding) => {
    const server = await serveApp()
    const init = pictureBody(gzipSync(png))
    const headers = { 'content-type': 'image/png', 'content-encoding': encoding }
    expect(await problemOf(await server.ask('/v1/classify', { ...init, headers }))).toEqual([
      415,
      'api.content-encoding',
    ])
  })

  it.each([
    'text/plain',
    'image/svg+xml',
    'image/tiff',
    'image/heic',
    'application/x-www-form-urlencoded',
    '',
  ])('of type "%s" is refused', async (type) => {
    const server = await serveApp()
    const init = { ...pictureBody(png), headers: { 'content-type': type } }
    expect(await problemOf(await server.ask('/v1/classify', init))).toEqual([415, 'api.media-type'])
  })

  it('is refused while those of others fill what the server holds', async () => {
    const server = await serveApp({ limits: { bodyBytes: 5000, heldBytes: 5000, deadline: 3000 } })
    const head = `${POST}Content-Length: 4900\r\n\r\n`
    const other = converse(server.port, [head, Buffer.alloc(4800)], { patience: 1500 })
    await later(200)
    const large = await plain(1, 300, 300)
    expect(large.length).toBeGreaterThan(200)
    const response = await server.ask('/v1/classify', pictureBody(large))
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await problemOf(response)).toEqual([503, 'api.busy'])
    await other
    await later(100)
    await worksStill(server)
  })
})

describe('a refusal while the body is still being sent', () => {
  const LARGE = 'Content-Length: 900000\r\n\r\n'

  it.each([
    ['of no route', 404, `POST /none HTTP/1.1\r\nHost: localhost\r\n${LARGE}`],
    ['of another type', 415, `POST /v1/classify HTTP/1.1\r\nHost: localhost\r\n${LARGE}`],
    ['that claims to be too long', 413, `${POST}${LARGE}`],
    ['that comes to be too long', 413, `${POST}Transfer-Encoding: chunked\r\n\r\nf0000\r\n`],
  ])('%s says that the connection is closed, is seen, and closes it', async (_, status, head) => {
    const server = await serveApp({ limits: { bodyBytes: 1000 } })
    const started = performance.now()
    // The gap is that of a slow line: the client sends on after its answer.
    const answer = await converse(server.port, [head, ...Array(30).fill(Buffer.alloc(20_000))], { gap: 20 })
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*\\}$`))
    expect(answer.match(/^connection: .*$/gim)).toEqual(['connection: close'])
    expect(answer).not.toMatch(/^keep-alive:/im)
    expect(performance.now() - started).toBeLessThan(5000)
    await worksStill(server)
  })

  it('is seen by a client that reads only when it has sent all', async () => {
    const server = await serveApp({ limits: { bodyBytes: 100_000 } })
    const socket = connect(server.port, '127.0.0.1').pause()
    await once(socket, 'connect')
    socket.write(`${POST}Transfer-Encoding: chunked\r\n\r\n`)
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000), Buffer.from('\r\n')])
    for (let sent = 0; sent < 150; sent++) {
      if (!socket.write(chunk)) await once(socket, 'drain')
    }
    socket.write('0\r\n\r\n')
    let answer = ''
    for await (const part of socket) answer += part
    expect(answer).toMatch(/^HTTP\/1.1 413 [\s\S]*^connection: close[\s\S]*\}$/im)
  })

  it('that is small and comes slowly is not promised a connection that is closed', async () => {
    const server = await serveApp()
    const head = 'POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n'
    const answer = await converse(server.port, [head, ...Array(20).fill(Buffer.alloc(10_000))], { gap: 50 })
    expect(answer).toMatch(/^HTTP\/1.1 404 [\s\S]*^connection: close/im)
  })

  it('that is small has the rest passed over, and the connection answers again', async () => {
    const server = await serveApp()
    const half = Buffer.alloc(50_000)
    const answer = await converse(
      server.port,
      [
        'POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n',
        half,
        half,
        'GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      ],
      { gap: 50 },
    )
    expect(answer.match(/HTTP\/1.1 \d+|^connection: .*$/gim)).toEqual([
      'HTTP/1.1 404',
      'Connection: keep-alive',
      'HTTP/1.1 200',
      'Connection: close',
    ])
  })

  it('that is not coming says that the connection is closed', async () => {
    const server = await serveApp({ limits: { deadline: 300 } })
    const answer = await converse(server.port, [`${POST}Content-Length: 500\r\n\r\n`, png])
    expect(answer).toMatch(/^HTTP\/1.1 408 [\s\S]*^connection: close/im)
  })
})

describe('pictures', () => {
  it('of more pixels than the limit are refused from their header', async () => {
    const { ask } = await serveApp({ limits: { pixels: 100 } })
    expect((await ask('/v1/classify', pictureBody(await plain(1, 10, 10)))).status).toBe(200)
    const response = await ask('/v1/classify', pictureBody(await plain(1, 10, 11)))
    expect(await problemOf(response)).toEqual([413, 'io.picture.too-large'])
  })

  it('of more than a request takes are refused, in a form and in JSON', async () => {
    const { ask } = await serveApp({ limits: { items: 3 } })
    const files = (count: number) => Array.from({ length: count }, (): [string, Buffer] => ['a', png])
    expect((await ask('/v1/classify', { method: 'POST', body: form(...files(3)) })).status).toBe(200)
    const refused = [413, 'api.too-many-items']
    expect(await problemOf(await ask('/v1/classify', { method: 'POST', body: form(...files(4)) }))).toEqual(
      refused,
    )
    expect(await problemOf(await ask('/v1/classify', jsonBody(Array(4).fill({ data: '' }))))).toEqual(refused)
  })
})

describe('a busy server', () => {
  it('refuses with 503 what its queue has no room for', async () => {
    const { model, hold, letGo } = heldModel()
    const server = await serveApp({ classifiers: [model], limits: { queue: 2, items: 2 } })
    hold()
    const body = () => form(['a', png], ['b', png])
    const first = server.ask('/v1/classify', { method: 'POST', body: body() })
    await later(200)
    const started = performance.now()
    const response = await server.ask('/v1/classify', { method: 'POST', body: body() })
    expect(performance.now() - started).toBeLessThan(1000)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await problemOf(response)).toEqual([503, 'api.busy'])
    letGo()
    expect((await first).status).toBe(200)
    await worksStill(server)
  })

  it('refuses with 503 more requests than it works on, and with 429 more than a key may have', async () => {
    const { model, hold, letGo } = heldModel()
    const keys = { find: async (name: string) => ({ name }) }
    const server = await serveApp({ classifiers: [model], keys, limits: { requests: 3, requestsPerKey: 2 } })
    hold()
    const ask = (key: string) => {
      const headers = { 'content-type': 'image/png', authorization: `Bearer ${key}` }
      return server.ask('/v1/classify', { ...pictureBody(png), headers })
    }
    const inWork = [ask('a'), ask('a')]
    await later(200)
    expect(await problemOf(await ask('a'))).toEqual([429, 'api.too-many-requests'])
    inWork.push(ask('b'))
    await later(200)
    expect(await problemOf(await ask('c'))).toEqual([503, 'api.busy'])
    letGo()
    expect((await Promise.all(inWork)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await ask('a')).status).toBe(200)
  })

  it('has one picture not wait for all of a request of many', async () => {
    const decode: typeof decodeUpload = async (...of) => {
      await later(10)
      return decodeUpload(...of)
    }
    const { ask } = await serveApp({ decode, limits: { decoders: 1, batch: 4 } })
    const ended: string[] = []
    const send = async (name: string, init: RequestInit) => {
      expect((await ask('/v1/classify', init)).status).toBe(200)
      ended.push(name)
    }
    const files = Array.from({ length: 60 }, (_, at): [string, Buffer] => [`${at}`, png])
    const many = send('many', { method: 'POST', body: form(...files) })
    await later(150)
    await send('one', pictureBody(png))
    await many
    expect(ended).toEqual(['one', 'many'])
  })

  it('refuses with 429 a key that has sent its pictures, says when it may again, and leaves others alone', async () => {
    const keys = { find: async (name: string) => ({ name, ...(name === 'slow' ? { rate: 1 } : {}) }) }
    const { ask } = await serveApp({ keys })
    const send = (key: string, pictures: number) =>
      ask('/v1/classify', {
        method: 'POST',
        body: form(...Array.from({ length: pictures }, (_, at): [string, Buffer] => [`${at}`, png])),
        headers: { authorization: `Bearer ${key}` },
      })
    expect((await send('slow', 4)).status).toBe(200)
    // Of ten seconds' pictures six are left: enough for a request, and the rest is owed.
    expect((await send('slow', 20)).status).toBe(200)
    const refused = await send('slow', 1)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(14)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(15)
    expect(await problemOf(refused)).toEqual([429, 'api.rate'])
    expect((await send('other', 30)).status).toBe(200)
  })

  it('counts no pictures against the rate of a key that its queue had no room for', async () => {
    const { model, hold, letGo } = heldModel()
    const keys = { find: async (name: string) => ({ name, rate: 1 }) }
    const { ask } = await serveApp({ classifiers: [model], keys, limits: { queue: 40, items: 40 } })
    const send = (key: string, pictures: number) => {
      const files = Array.from({ length: pictures }, (_, at): [string, Buffer] => [`${at}`, png])
      const headers = { authorization: `Bearer ${key}` }
      return ask('/v1/classify', { method: 'POST', body: form(...files), headers })
    }
    hold()
    const other = send('other', 1)
    await later(200)
    expect(await problemOf(await send('key', 40))).toEqual([503, 'api.busy'])
    letGo()
    expect((await other).status).toBe(200)
    expect((await send('key', 1)).status).toBe(200)
  })

  it('counts the pictures of a name together, whose two keys have different rates', async () => {
    const keys = { find: async (token: string) => ({ name: 'pipeline', rate: token === 'old' ? 5 : 6 }) }
    const { ask } = await serveApp({ keys })
    const send = (key: string, pictures: number) => {
      const none = Array.from({ length: pictures }, (_, at): [string, Buffer] => [`${at}`, Buffer.from('x')])
      const headers = { authorization: `Bearer ${key}` }
      return ask('/v1/classify', { method: 'POST', body: form(...none), headers })
    }
    expect((await send('old', 200)).status).toBe(200)
    for (const key of ['new', 'old']) expect(await problemOf(await send(key, 1))).toEqual([429, 'api.rate'])
  })

  it('answers 503 when the deadline passes, and tells of it in the rows of a stream', async () => {
    const { model, hold, letGo } = heldModel()
    const server = await serveApp({ classifiers: [model], limits: { deadline: 300, batch: 1 } })
    hold()
    const waits = server.ask('/v1/classify', pictureBody(png))
    await later(50)
    const headers = { accept: 'application/x-ndjson' }
    const body = form(['a', png], ['b', png])
    const stream = server.ask('/v1/classify', { method: 'POST', body, headers })
    // Neither waits for a run that does not end.
    expect(await problemOf(await waits)).toEqual([503, 'api.deadline'])
    const rows = (await (await stream).text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows.map(({ id }) => id)).toEqual(['a', 'b'])
    for (const { error } of rows) expect(error).toContain('was not done within 0.3 s')
    letGo()
    await worksStill(server)
  })
})

describe('a client that goes away', () => {
  it.each([
    ['in the middle of the header', 'POST /v1/classify HTT'],
    ['before the body', `${POST}Content-Length: 500\r\n\r\n`],
    ['in the middle of the body', `${POST}Content-Length: 500\r\n\r\nabc`],
    ['in the middle of a chunk', `${POST}Transfer-Encoding: chunked\r\n\r\nff\r\nabc`],
  ])('%s leaves nothing behind', async (_, sent) => {
    const server = await serveApp({ limits: { requests: 1 } })
    await converse(server.port, [sent], { patience: 100 })
    await later(100)
    await worksStill(server)
  })

  it('while its pictures wait gives up their places', async () => {
    const { model, hold, letGo } = heldModel()
    const runs: number[] = []
    const server = await serveApp({
      classifiers: [model],
      limits: { queue: 4, items: 3 },
      observers: [{ run: (_, pictures) => runs.push(pictures) }],
    })
    hold()
    const first = server.ask('/v1/classify', pictureBody(png))
    await later(100)
    const client = new AbortController()
    const body = form(['a', png], ['b', png], ['c', png])
    const gone = server.ask('/v1/classify', { method: 'POST', body, signal: client.signal })
    await later(200)
    client.abort()
    await expect(gone).rejects.toThrow()
    await later(200)
    const next = server.ask('/v1/classify', { method: 'POST', body: form(['a', png], ['b', png]) })
    await later(100)
    letGo()
    expect([(await first).status, (await next).status]).toEqual([200, 200])
    expect(runs.reduce((sum, pictures) => sum + pictures, 0)).toBe(3)
  })
})

it('a stream that nobody reads to its end drops the pictures that wait', async () => {
  const { model, hold, letGo } = heldModel()
  const runs: number[] = []
  const app = createApp({
    classifiers: [model],
    decode: decodeUpload,
    limits: { batch: 1 },
    observers: [{ run: (_, pictures) => runs.push(pictures) }],
  })
  hold()
  const headers = { accept: 'application/x-ndjson' }
  const body = form(['a', png], ['b', png], ['c', png])
  const answer = app.fetch(new Request('http://localhost/v1/classify', { method: 'POST', body, headers }))
  const { body: stream } = await answer
  await later(100)
  await stream!.cancel()
  await app.drain()
  letGo()
  await later(50)
  expect(runs).toEqual([1])
})

it('is told of a server that stops while its last work is finished', async () => {
  const { model, hold, letGo } = heldModel()
  const { ask, stop } = await serveApp({ classifiers: [model] })
  hold()
  const answer = ask('/v1/classify', pictureBody(png))
  await later(200)
  const stopped = stop(10_000)
  const ready = await ask('/health/ready')
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'stopping' }])
  expect(await problemOf(await ask('/v1/classify', pictureBody(png)))).toEqual([503, 'api.not-ready'])
  letGo()
  expect((await answer).status).toBe(200)
  await stopped
})

it.each([
  { items: 0 },
  { deadline: Number.NaN },
  { queue: 10, items: 11 },
  { heldBytes: 1000, bodyBytes: 1001 },
])('limits %j are no limits', (limits) => {
  expect(() => createApp({ classifiers: [brightnessModel()], decode: decodeUpload, limits })).toThrow(
    expect.objectContaining({ code: 'api.limits' }),
  )
})
