import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { galaxyPictures } from '../api/galaxy-pictures.ts'
import { galaxyJpeg, surveyServer } from '../api/survey-server.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { BUILT, runInProcess } from './run-cli.ts'

const folder = temporaryFolder()

/** Process ids of the children of a process, as Linux has them. */
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)

/** Starts the built server as a process of its own, and waits until it prints its address. */
async function serve(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(
    process.execPath,
    [BUILT, 'serve', '--port', '0', '--threads', '1', '--json', ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PUREGALAXY_CACHE: join(folder, 'cache'), ...env },
    },
  )
  let [out, err] = ['', '']
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, err }))
  for await (const text of child.stdout.setEncoding('utf8')) {
    out += text
    if (out.endsWith('}\n')) break
  }
  return { child, ended, ready: JSON.parse(out) as { url: string; port: number; models: unknown[] } }
}

interface Answer {
  readonly predictions: Record<string, unknown>[]
}

/** The row of a position in a list. */
async function classifyPosition(url: string) {
  const response = await fetch(`${url}/v1/classify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ ra: 184.74, dec: 47.3 }]),
  })
  return ((await response.json()) as Answer).predictions[0]
}

describe('puregalaxy serve', { timeout: 120_000 }, () => {
  it('prints its address when it is ready, asks for keys, and ends work in hand when it is stopped', async () => {
    const keys = join(folder, 'keys')
    writeFileSync(keys, `test ${createHash('sha256').update('secret').digest('hex')}\n`)
    const { child, ended, ready } = await serve(['--keys', keys])
    expect(ready).toMatchObject({ host: '127.0.0.1', models: [{ name: 'small' }] })
    expect(await (await fetch(`${ready.url}/health/ready`)).json()).toEqual({ status: 'ready' })
    expect((await fetch(`${ready.url}/v1/models`)).status).toBe(401)
    const told = await fetch(`${ready.url}/v1/models`, { headers: { authorization: 'Bearer secret' } })
    expect(await told.json()).toMatchObject({
      models: [{ card: { architecture: 'pure20' } }],
      positions: false,
    })
    expect(await (await fetch(`${ready.url}/`)).text()).toContain('<script type="module" src="page.js">')

    const picture = (await galaxyPictures())['colour.jpg']!
    const headers = { authorization: 'Bearer secret', 'content-type': 'image/jpeg', 'x-request-id': 'last' }
    const sending = request(`${ready.url}/v1/classify`, { method: 'POST', headers })
    sending.write(picture.subarray(0, 100))
    await new Promise((resolve) => setTimeout(resolve, 300))
    child.kill('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve, 300))
    const health = await fetch(`${ready.url}/health/ready`)
    expect([health.status, await health.json()]).toEqual([503, { status: 'stopping' }])
    sending.end(picture.subarray(100))
    const [response] = (await once(sending, 'response')) as [import('node:http').IncomingMessage]
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    expect(response.statusCode).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ predictions: [{ error: null, model: 'small' }] })

    const { code, err } = await ended
    expect(code).toBe(0)
    const log = err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(log.at(-1)).toMatchObject({ requestId: 'last', key: 'test', status: 200 })
    expect(err).not.toContain('secret')
  })

  it('classifies the picture of a position as the same picture sent', async () => {
    const picture = await galaxyJpeg()
    const survey = await surveyServer((_, response) =>
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture),
    )
    const { child, ended, ready } = await serve(['--cutouts', survey.base, '--cutouts-allow-private'])
    const row = await classifyPosition(ready.url)
    const sent = await fetch(`${ready.url}/v1/classify`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg' },
      body: new Uint8Array(picture),
    })
    expect({ ...row, ra: null, dec: null }).toEqual(((await sent.json()) as Answer).predictions[0])
    expect(row).toMatchObject({ ra: 184.74, dec: 47.3, error: null, model: 'small' })
    expect(survey.asked).toEqual([
      '/jpeg-cutout?ra=184.7400000&dec=47.3000000&layer=ls-dr9&pixscale=0.262&size=256',
    ])
    expect(await (await fetch(`${ready.url}/metrics`)).text()).toContain(
      'puregalaxy_cutouts_total{outcome="fetched"} 1\n',
    )
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
  })

  const hasOpenssl = spawnSync('openssl', ['version']).status === 0

  it.skipIf(!hasOpenssl)(
    'fetches by name and over TLS from who has a certificate, and from nobody else (skipped where there is no openssl)',
    async () => {
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
      const made = spawnSync(
        'openssl',
        [
          ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
          ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'],
          ...['-keyout', key, '-out', cert],
        ],
        { encoding: 'utf8' },
      )
      expect(made.status, made.stderr).toBe(0)
      const picture = await galaxyJpeg()
      const survey = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
        response.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture),
      ).listen(0, 'localhost')
      await once(survey, 'listening')
      const base = `https://localhost:${(survey.address() as { port: number }).port}/`
      const args = ['--cutouts', base, '--cutouts-allow-private']

      const trusting = await serve(args, { NODE_EXTRA_CA_CERTS: cert })
      expect(await classifyPosition(trusting.ready.url)).toMatchObject({ error: null })
      trusting.child.kill('SIGTERM')
      const wary = await serve(args)
      expect(await classifyPosition(wary.ready.url)).toMatchObject({
        error: "The survey's server cannot be reached (DEPTH_ZERO_SELF_SIGNED_CERT).",
      })
      wary.child.kill('SIGTERM')
      await Promise.all([trusting.ended, wary.ended])
      survey.close()
    },
  )

  it.skipIf(process.platform !== 'linux')(
    'ends work in hand when its whole group is signalled, and takes its engine with it when it is killed',
    async () => {
      const { child, ended, ready } = await serve([])
      const [engine] = childrenOf(child.pid!)
      expect(engine).toBeGreaterThan(0)
      // As a service manager does.
      process.kill(engine!, 'SIGTERM')
      process.kill(engine!, 'SIGINT')
      const picture = (await galaxyPictures())['colour.jpg']!
      const headers = { 'content-type': 'image/jpeg' }
      const init = { method: 'POST', headers, body: new Uint8Array(picture) }
      expect((await fetch(`${ready.url}/v1/classify`, init)).status).toBe(200)
      child.kill('SIGKILL')
      await ended
      await vi.waitUntil(() => !existsSync(`/proc/${engine}`), { timeout: 10_000 })
    },
  )

  it.skipIf(process.platform !== 'linux')(
    'has threads for as many decoders as it is told, and says so where it has not',
    async () => {
      const environment = (pid: number) => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
      const { child, ended, ready } = await serve(['--decoders', '6'])
      expect(environment(child.pid!)).toContain('UV_THREADPOOL_SIZE=10')
      expect(await (await fetch(`${ready.url}/health/ready`)).json()).toEqual({ status: 'ready' })
      child.kill('SIGTERM')
      expect(await ended).toMatchObject({ code: 0, err: expect.not.stringContaining('UV_THREADPOOL_SIZE') })

      const fewer = await serve(['--decoders', '6'], { UV_THREADPOOL_SIZE: '5' })
      expect(environment(fewer.child.pid!)).toContain('UV_THREADPOOL_SIZE=5')
      fewer.child.kill('SIGTERM')
      expect((await fewer.ended).err).toContain('No more than 5 pictures are decoded at once.')
    },
  )

  it('ends well, and prints no address, when it is stopped while its models are opened', async () => {
    const interruption = new AbortController()
    const stopped = runInProcess(['serve', '--port', '0', '--threads', '1'], { signal: interruption.signal })
    await new Promise((resolve) => setTimeout(resolve, 100))
    interruption.abort()
    const { code, out, err } = await stopped
    expect([code, out]).toEqual([0, ''])
    expect(JSON.parse(err)).toMatchObject({ msg: 'stopping' })
  })

  it('says what is wrong with a port, a host, a model, keys, a limit, a source of cut-outs', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const keys = join(folder, 'wrong-keys')
    writeFileSync(keys, 'a key as it is\n')
    const cases: [args: string[], code: number, message: RegExp][] = [
      [['--port', String(port)], 1, /error: Port \d+ of 127\.0\.0\.1 is in use\./],
      [['--host', 'no.such.host.invalid'], 1, /error: There is no host no\.such\.host\.invalid/],
      [['--host', '0.0.0.0', '--port', '0'], 1, /error: Others can reach 0\.0\.0\.0, and there are no keys/],
      [['--model', 'none'], 1, /error: There is no model file none/],
      [['--keys', keys], 1, /error: .*wrong-keys, line 1: expected a name and the SHA-256/],
      [['--keys', join(folder, 'absent')], 1, /error: .*absent: there is no such file/],
      [['--port', '70000'], 2, /A whole number from 0 to 65535 is expected/],
      [['--cutouts', 'ftp://survey.example/'], 1, /error: The address of cut-outs must be one of http/],
      [['--cutouts', 'http://2130706433/'], 1, /error: The host of the cut-outs has no public address/],
      [['--cutouts', 'http://survey.example/', '--cutouts-layer', 'a&b'], 1, /error: A layer of cut-outs/],
      [['--cutouts-layer', 'ls-dr9'], 2, /error: Options of cut-outs say nothing without --cutouts/],
      [['--queue', '10'], 1, /error: The queue takes 10 pictures and a request may bring 256/],
      [['--max-body', '512'], 1, /error: The server holds bodies of 268435456 bytes in all and one may have/],
    ]
    for (const [args, code, message] of cases) {
      const result = await runInProcess(['serve', '--threads', '1', ...args])
      expect(result.err).toMatch(message)
      expect(result.code).toBe(code)
      expect(result.err).not.toMatch(/internal error|\n\s+at /)
    }
    taken.close()
  })
})
