import { createHash } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it, vi } from 'vitest'
import { type AppExtension, createApp, parseKeys } from '../../src/api/index.ts'
import {
  decodeUpload,
  openKeyFile,
  prometheusMetrics,
  startServer,
  structuredLog,
} from '../../src/api/node/index.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { brightnessModel, converse, form, pictureBody, problemOf, serveApp } from './api-server.ts'
import { plain } from './galaxy-pictures.ts'

const hash = (key: string) => createHash('sha256').update(key).digest('hex')
const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })

describe('health', () => {
  it('is live at once, and ready from the warm-up until it is stopped', async () => {
    const app = createApp({ classifiers: [brightnessModel()], decode: decodeUpload })
    const ask = async (path: string) => {
      const response = await app.fetch(new Request(`http://localhost${path}`))
      return [response.status, ((await response.json()) as { status: string }).status]
    }
    expect(await ask('/health/live')).toEqual([200, 'live'])
    expect(await ask('/health/ready')).toEqual([503, 'starting'])
    await app.warmUp()
    expect(await ask('/health/ready')).toEqual([200, 'ready'])
    await app.drain()
    expect(await ask('/health/ready')).toEqual([503, 'stopping'])
    expect(await ask('/health/live')).toEqual([200, 'live'])
    const refused = await app.fetch(new Request('http://localhost/v1/classify', pictureBody(await plain(1))))
    expect(await problemOf(refused)).toEqual([503, 'api.not-ready'])
  })

  it('warms every model up at the sizes of its batches', async () => {
    const runs: number[] = []
    const work = async (pictures: number) => void runs.push(pictures)
    await serveApp({ classifiers: [brightnessModel({ work })], limits: { batch: 4 } })
    expect(runs).toEqual([4, 1])
  })
})

describe('routes', () => {
  it('list the models, and tell of one whatever its name', async () => {
    const { ask } = await serveApp({
      classifiers: [brightnessModel(), brightnessModel({ name: 'runs/é 1.st' })],
    })
    const { models } = (await (await ask('/v1/models')).json()) as { models: { name: string }[] }
    expect(models.map(({ name }) => name)).toEqual(['brightness', 'runs/é 1.st'])
    const one = await ask(`/v1/models/${encodeURIComponent('runs/é 1.st')}`)
    expect(await one.json()).toMatchObject({ name: 'runs/é 1.st', version: 'test-1', inputSize: [8, 8, 3] })
    expect(await problemOf(await ask('/v1/models/none'))).toEqual([404, 'api.no-such-model'])
  })

  it('that are not there are told so, and methods that a route has not', async () => {
    const { ask } = await serveApp()
    for (const path of ['/', '/v1', '/v1/models/a/b', '/metrics', '/%00', '/v1/classify/'])
      expect(await problemOf(await ask(path))).toEqual([404, 'api.no-such-route'])
    const response = await ask('/v1/classify')
    expect(response.headers.get('allow')).toBe('POST')
    expect(await problemOf(response)).toEqual([405, 'api.method'])
    expect(await problemOf(await ask('/v1/models', { method: 'DELETE' }))).toEqual([405, 'api.method'])
  })

  it('answer with secure headers and let no other origin read them', async () => {
    const { ask } = await serveApp()
    const origin = { origin: 'http://elsewhere.example', 'access-control-request-method': 'POST' }
    for (const [path, init] of [
      ['/v1/models', { headers: origin }],
      ['/v1/classify', { method: 'OPTIONS', headers: origin }],
      ['/v1/classify', pictureBody(await plain(1))],
      ['/none', {}],
    ] as const) {
      const { headers } = await ask(path, init)
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
    }
  })
})

describe('/openapi.json', () => {
  it('describes the routes that there are, and the answers that they give', async () => {
    const { ask } = await serveApp({ metrics: async () => ({ text: '', contentType: 'text/plain' }) })
    const document = (await (await ask('/openapi.json')).json()) as {
      paths: Record<string, unknown>
      components: { schemas: Record<string, object> }
    }
    expect(Object.keys(document.paths)).toEqual([
      '/v1/classify',
      '/v1/cutouts',
      '/v1/models',
      '/v1/models/{name}',
      '/health/live',
      '/health/ready',
      '/v2',
      '/v2/health/live',
      '/v2/health/ready',
      '/v2/models/{name}',
      '/v2/models/{name}/ready',
      '/v2/models/{name}/infer',
      '/v2/models/{name}/versions/{version}',
      '/v2/models/{name}/versions/{version}/ready',
      '/v2/models/{name}/versions/{version}/infer',
      '/metrics',
    ])
    const ajv = new Ajv2020({ strict: false, formats: { byte: true } })
    ajv.addSchema(document, 'api')
    const conforms = async (schema: string, response: Response) => {
      const validate = ajv.getSchema(`api#/components/schemas/${schema}`)!
      expect(validate(await response.json()), JSON.stringify(validate.errors)).toBe(true)
    }
    const body = () => form(['a', Buffer.from('bad')], ['b', png])
    const png = await plain(51)
    await conforms('Predictions', await ask('/v1/classify', { method: 'POST', body: body() }))
    await conforms('Predictions', await ask('/v1/classify?top=3', { method: 'POST', body: body() }))
    await conforms('Models', await ask('/v1/models'))
    await conforms('Model', await ask('/v1/models/brightness'))
    await conforms('Health', await ask('/health/ready'))
    await conforms('Problem', await ask('/v1/models/none'))
    await conforms('ServerMetadata', await ask('/v2'))
    await conforms('ServerLive', await ask('/v2/health/live'))
    await conforms('ServerReady', await ask('/v2/health/ready'))
    await conforms('ModelMetadata', await ask('/v2/models/brightness'))
    await conforms('ModelReady', await ask('/v2/models/brightness/ready'))
    await conforms('InferenceError', await ask('/v2/models/none'))
    const tensor = { name: 'pictures', datatype: 'BYTES', shape: [1], data: [png.toString('base64')] }
    const inference = { method: 'POST', body: JSON.stringify({ id: 'a', inputs: [tensor] }) }
    await conforms(
      'InferResponse',
      await ask('/v2/models/brightness/infer', {
        ...inference,
        headers: { 'content-type': 'application/json' },
      }),
    )
    const pictures = ajv.getSchema('api#/components/schemas/Pictures')!
    expect(pictures({ pictures: [{ data: 'abc' }] })).toBe(true)
    expect(pictures({ pictures: [{ data: 'abc', url: 'x' }] })).toBe(false)
    expect(pictures({ pictures: [{ ra: 1, dec: 2 }, { data: 'abc' }] })).toBe(true)
    const position = ajv.getSchema('api#/components/schemas/Position')!
    expect(position({ ra: 360, dec: -90, size: 64, pixelScale: 1, layer: 'ls-dr9' })).toBe(true)
    for (const wrong of [{ ra: 361 }, { dec: 91 }, { size: 64.5 }, { layer: 'a&b' }, { url: 'x' }])
      expect(position({ ra: 1, dec: 2, ...wrong })).toBe(false)
    expect(position({ ra: 1 })).toBe(false)
  })
})

describe('keys', () => {
  const LIST = `# keys\n\npipeline ${hash('one')}\nweb ${hash('two').toUpperCase()}\n`

  it('let in who has one, and tell others nothing but that', async () => {
    const records: (string | undefined)[] = []
    const keys = parseKeys(LIST)
    const { ask } = await serveApp({ keys, observers: [{ request: ({ key }) => records.push(key) }] })
    expect((await ask('/v1/models', bearer('one'))).status).toBe(200)
    expect((await ask('/v1/models', bearer('two'))).status).toBe(200)
    expect(records).toEqual(['pipeline', 'web'])
    const wrong = [
      {},
      bearer('three'),
      bearer(''),
      bearer(hash('one')),
      { headers: { authorization: 'Basic b25l' } },
    ]
    for (const init of wrong) {
      const response = await ask('/v1/models', init)
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
      expect(await problemOf(response)).toEqual([401, 'api.key'])
    }
    expect(await problemOf(await ask('/v1/classify', pictureBody(await plain(1))))).toEqual([401, 'api.key'])
    expect(await problemOf(await ask('/none'))).toEqual([401, 'api.key'])
    for (const path of [
      '/health/live',
      '/health/ready',
      '/v2/health/live',
      '/v2/health/ready',
      '/openapi.json',
    ])
      expect((await ask(path)).status).toBe(200)
  })

  it.each([
    ['', /holds no key/],
    ['# none\n', /holds no key/],
    [`a ${hash('x')}\nsecret`, /line 2/],
    [`a ${hash('x')} rate=0`, /line 1/],
    [`a ${hash('x')} rate=5secret`, /line 1/],
    [`a ${hash('x')} burst=5`, /line 1/],
  ])('in a list %j are refused', (text, message) => {
    expect(() => parseKeys(text)).toThrow(message)
    expect(() => parseKeys(text)).not.toThrow(/secret/)
  })

  it('may have a rate and a number of requests of their own', async () => {
    const keys = parseKeys(
      `a ${hash('one')}\nb  ${hash('two')} rate=5\nc ${hash('three')}\trequests=2  rate=7 `,
    )
    expect(await keys.find('one')).toMatchObject({ name: 'a' })
    expect(await keys.find('one')).not.toHaveProperty('rate')
    expect(await keys.find('two')).toMatchObject({ name: 'b', rate: 5 })
    expect(await keys.find('three')).toMatchObject({ name: 'c', rate: 7, requests: 2 })
  })

  it('of a file are read anew when it changes, and kept while it is wrong', async () => {
    const path = join(temporaryFolder(), 'keys')
    writeFileSync(path, `a ${hash('old')}`)
    const reloads: unknown[] = []
    const keys = await openKeyFile(path, { interval: 20, onReload: (error) => reloads.push(error) })
    const holder = async (token: string) => (await keys.find(token))?.name
    expect([await holder('old'), await holder('new')]).toEqual(['a', undefined])
    const changed = async (change: () => void) => {
      const before = reloads.length
      change()
      await vi.waitUntil(() => reloads.length > before, { timeout: 10_000 })
      return reloads.at(-1)
    }
    const replace = () => {
      writeFileSync(`${path}.new`, `b ${hash('new')}\nc ${hash('newer')}`)
      renameSync(`${path}.new`, path)
    }
    expect(await changed(replace)).toBeUndefined()
    expect([await holder('old'), await holder('new')]).toEqual([undefined, 'b'])
    expect(await changed(() => writeFileSync(path, 'rubbish'))).toMatchObject({ code: 'api.keys' })
    expect(await changed(() => rmSync(path))).toMatchObject({ code: 'io.not-found' })
    expect(await holder('newer')).toBe('c')
    keys.close()
  })
})

describe('what is watched', () => {
  it('is in the metrics: requests, pictures, batches, queue, times, model, version', async () => {
    const model = brightnessModel()
    const { observer, render } = prometheusMetrics([model])
    const { ask } = await serveApp({ classifiers: [model], observers: [observer], metrics: render })
    const png = await plain(1)
    await ask('/v1/classify', { method: 'POST', body: form(['a', png], ['b', png], ['c', Buffer.from('x')]) })
    await ask('/none/1')
    await ask('/none/2')
    const response = await ask('/metrics')
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const text = await response.text()
    for (const line of [
      'puregalaxy_requests_total{method="POST",route="/v1/classify",status="200"} 1',
      'puregalaxy_requests_total{method="GET",route="none",status="404"} 2',
      'puregalaxy_request_seconds_count{route="/v1/classify"} 1',
      'puregalaxy_pictures_total{model="brightness",outcome="classified"} 2',
      'puregalaxy_pictures_total{model="brightness",outcome="refused"} 1',
      'puregalaxy_batch_pictures_sum{model="brightness"} 2',
      'puregalaxy_queue_pictures{model="brightness"} 0',
      'puregalaxy_requests_in_work 0',
      'puregalaxy_model_available{model="brightness"} 1',
      'puregalaxy_model_info{model="brightness",version="test-1",engine="test"} 1',
    ])
      expect(text).toContain(`${line}\n`)
    expect(text).toMatch(/puregalaxy_engine_seconds_count{model="brightness"} [12]\n/)
    expect(text).toMatch(/puregalaxy_build_info{version="[\d.]+",node="v[\d.]+"} 1/)
  })

  it('is in the log: a line a request, with its number and trace, and no word of what was sent', async () => {
    const lines: string[] = []
    const { observer } = structuredLog((line) => lines.push(line))
    const { ask } = await serveApp({ observers: [observer] })
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const tracestate = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'
    const headers = { traceparent, tracestate, 'x-request-id': 'night-7' }
    const body = form(['a\nb', await plain(1)])
    const response = await ask('/v1/classify', { method: 'POST', body, headers })
    expect(response.headers.get('x-request-id')).toBe('night-7')
    await ask('/none?secret', {
      headers: { traceparent: 'x"\ny'.replace('\n', ''), 'x-request-id': '"; rm' },
    })
    expect(lines).toHaveLength(2)
    const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(first).toMatchObject({
      requestId: 'night-7',
      traceparent,
      tracestate,
      status: 200,
      pictures: 1,
      route: '/v1/classify',
    })
    expect(second).toMatchObject({ status: 404, code: 'api.no-such-route' })
    expect(second).not.toHaveProperty('traceparent')
    expect(second!.requestId).toMatch(/^[\w-]{36}$/)
    expect(lines.join('')).not.toMatch(/secret|a\\nb/)
  })
})

/** Whether the name of this machine leads to loopback, and is not one that is taken anyway. */
const namedLoopback =
  hostname() !== 'localhost' &&
  (await lookup(hostname()).then(
    ({ address }) => /^127\.|^::1$/.test(address),
    () => false,
  ))

describe('a server', () => {
  const app = createApp({ classifiers: [brightnessModel()], decode: decodeUpload })

  it('does not listen where others reach it unless that is meant', async () => {
    for (const host of ['0.0.0.0', '::'])
      await expect(startServer(app, { host, port: 0 })).rejects.toMatchObject({ code: 'api.host' })
    const server = await startServer(app, { host: '0.0.0.0', port: 0, reachable: true })
    expect((await fetch(`http://127.0.0.1:${server.port}/health/live`)).status).toBe(200)
    await server.stop(0)
  })

  it('leaves a connection open as long as an answer may be silent, whatever the deadline is', async () => {
    const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
    const beats = () =>
      new ReadableStream({
        async start(controller) {
          controller.enqueue(Buffer.from('one '))
          await later(11_500)
          controller.enqueue(Buffer.from('two'))
          controller.close()
        },
      })
    const quiet: AppExtension = {
      uploadTime: 100,
      silence: 5000,
      mount: (app) => app.get('/quiet', () => new Response(beats())),
      start: () => undefined,
      drain: async () => undefined,
    }
    const { ask } = await serveApp({ limits: { deadline: 100 }, extensions: [quiet] })
    expect(await (await ask('/quiet')).text()).toBe('one two')
  })

  describe('that asks for no keys and listens on loopback', () => {
    const png = () => plain(1)
    /** The status of an answer to a request whose header is written by hand, and the code of its problem. */
    async function send(
      port: number,
      line: string,
      headers: readonly string[],
      body: Uint8Array = new Uint8Array(),
    ) {
      const lines = [line, ...headers, `Content-Length: ${body.length}`, 'Connection: close', '', '']
      const answer = await converse(port, [lines.join('\r\n'), body])
      return [Number(answer.split(' ')[1]), /"code":"([^"]*)"/.exec(answer)?.[1]]
    }
    const ask = (port: number, host: string) => send(port, 'GET /v1/models HTTP/1.1', [`Host: ${host}`])

    it.each(['localhost', 'LocalHost.:1', '127.0.0.1', '127.1.2.3:80', '[::1]', '[::1]:8080'])(
      'answers to %s',
      async (host) => expect(await ask((await serveApp()).port, host)).toEqual([200, undefined]),
    )

    it('answers to HTTP/1.0, which names no host, as balancers may ask', async () => {
      const { port } = await serveApp()
      expect(await send(port, 'GET /health/live HTTP/1.0', [])).toEqual([200, undefined])
    })

    it.each([
      'evil.example',
      'evil.example:8080',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil-localhost',
      '0.0.0.0',
      '192.168.0.1',
    ])('does not to %s, by which a page might ask', async (host) => {
      const { port } = await serveApp()
      expect(await ask(port, host)).toEqual([421, 'api.misdirected'])
      expect(await send(port, 'GET http://evil.example/ HTTP/1.1', ['Host: localhost'])).toEqual([
        421,
        'api.misdirected',
      ])
    })

    it.skipIf(!namedLoopback)(
      'answers to the name that it listens by (skipped where that of this machine is not of loopback)',
      async () => {
        const named = await startServer(app, { host: hostname(), port: 0 })
        expect(await ask(named.port, hostname())).toEqual([200, undefined])
        expect(await ask((await serveApp()).port, hostname())).toEqual([421, 'api.misdirected'])
        await named.stop(0)
      },
    )

    it('takes nothing from a page of another site, and its own page', async () => {
      const { port } = await serveApp()
      const post = async (site: string) =>
        send(
          port,
          'POST /v1/classify HTTP/1.1',
          ['Host: localhost', 'Content-Type: image/png', `Sec-Fetch-Site: ${site}`],
          await png(),
        )
      expect(await post('cross-site')).toEqual([403, 'api.cross-site'])
      for (const site of ['same-origin', 'same-site', 'none'])
        expect(await post(site)).toEqual([200, undefined])
      const of = async (origin: string) =>
        send(
          port,
          'POST /v1/classify HTTP/1.1',
          [`Host: localhost:${port}`, 'Content-Type: image/png', `Origin: ${origin}`],
          await png(),
        )
      for (const origin of ['http://evil.example', 'null', `http://localhost:${port + 1}`])
        expect(await of(origin)).toEqual([403, 'api.cross-site'])
      expect(await of(`http://localhost:${port}`)).toEqual([200, undefined])
      const link = ['Host: localhost', 'Sec-Fetch-Site: cross-site']
      expect(await send(port, 'GET /v1/models HTTP/1.1', link)).toEqual([200, undefined])
    })

    it('answers to any name and any page where all may ask', async () => {
      const server = await startServer((await serveApp()).app, { port: 0, reachable: true })
      expect(await ask(server.port, 'galaxies.example')).toEqual([200, undefined])
      const headers = ['Host: galaxies.example', 'Content-Type: image/png', 'Sec-Fetch-Site: cross-site']
      const sent = await send(server.port, 'POST /v1/classify HTTP/1.1', headers, await png())
      expect(sent).toEqual([200, undefined])
      await server.stop(0)
    })
  })

  it('says of a port in use and of a host that is none what they are', async () => {
    const { port } = await serveApp()
    await expect(startServer(app, { port })).rejects.toMatchObject({ code: 'api.port' })
    await expect(startServer(app, { host: 'no host', port: 0 })).rejects.toMatchObject({ code: 'api.host' })
    await expect(startServer(app, { host: '203.0.113.7', port: 0, reachable: true })).rejects.toMatchObject({
      code: 'api.host',
    })
  })
})
