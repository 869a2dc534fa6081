import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { Gauges, RequestRecord } from '../../src/api/index.ts'
import { brightnessModel, pictureBody, serveApp, type TestServer } from './api-server.ts'
import { plain } from './galaxy-pictures.ts'

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** Ways to go: with a word (FIN), and without (RST). */
const GOING = ['destroy', 'resetAndDestroy'] as const

/** A server with a model that does so for each picture, with what it has in work and what it told of. */
async function watchedServer(work: () => Promise<void>) {
  const records: RequestRecord[] = []
  const failures: unknown[] = []
  let [gauges, pictures]: [Gauges | undefined, number] = [undefined, 0]
  const server = await serveApp({
    classifiers: [brightnessModel({ work })],
    limits: { batch: 1 },
    observers: [
      {
        request: (record) => records.push(record),
        run: () => pictures++,
        failure: (error) => failures.push(error),
      },
    ],
    async metrics(given) {
      gauges = given
      return { text: '', contentType: 'text/plain' }
    },
  })
  await server.ask('/metrics')
  return {
    server,
    records,
    failures,
    ran: () => pictures,
    /** Requests in work, and pictures admitted. */
    left: () => [gauges!.requests(), ...gauges!.depths().values()],
  }
}

async function worksStill(server: TestServer, png: Buffer): Promise<void> {
  expect((await server.ask('/v1/classify', pictureBody(png))).status).toBe(200)
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

describe('clients that vanish', () => {
  let png: Buffer
  let requests: Record<string, Buffer>
  beforeAll(async () => {
    png = await plain(51)
    const head = `POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n`
    const chunk = Buffer.concat([
      Buffer.from(`${png.length.toString(16)}\r\n`),
      png,
      Buffer.from('\r\n0\r\n\r\n'),
    ])
    requests = {
      whole: Buffer.concat([Buffer.from(`${head}Content-Length: ${png.length}\r\n\r\n`), png]),
      chunked: Buffer.concat([Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`), chunk]),
    }
  })

  it.each(['whole', 'chunked'])('after any byte of a %s request leave nothing behind', async (kind) => {
    const { server, left, failures } = await watchedServer(() => pause(1))
    const request = requests[kind]!
    const goings = GOING.flatMap((going) =>
      Array.from({ length: request.length + 1 }, (_, end) => ({ going, end })),
    )
    const goOne = async ({ going, end }: (typeof goings)[number]) => {
      const socket = await connected(server.port)
      socket.write(request.subarray(0, end))
      // Some go before the server has looked, some after.
      if (end % 2 === 1) await pause(5)
      socket[going]()
    }
    for (let start = 0; start < goings.length; start += 50)
      await Promise.all(goings.slice(start, start + 50).map(goOne))
    await vi.waitUntil(() => left().every((count) => count === 0), { timeout: 10_000 })
    expect(failures).toEqual([])
    await worksStill(server, png)
  })

  it.each(GOING)('while the model has their pictures (%s) are not waited for', async (going) => {
    let held: Promise<void> | undefined
    const { server, left, ran, failures } = await watchedServer(async () => held)
    let letGo = () => {}
    held = new Promise((resolve) => {
      letGo = resolve
    })
    const sockets = await Promise.all(Array.from({ length: 20 }, () => connected(server.port)))
    const before = ran()
    for (const socket of sockets) socket.write(requests.whole!)
    await vi.waitUntil(() => left()[1] === 20, { timeout: 10_000 })
    for (const socket of sockets) socket[going]()
    await vi.waitUntil(() => left().every((count) => count === 0), { timeout: 10_000 })
    letGo()
    await pause(50)
    expect(ran() - before).toBe(1)
    expect(failures).toEqual([])
    await worksStill(server, png)
  })

  it.each(GOING)('in the middle of their rows (%s) get no more of them', async (going) => {
    const { server, left, ran, failures } = await watchedServer(() => pause(20))
    const form = new FormData()
    for (let at = 0; at < 100; at++) form.append('picture', new Blob([new Uint8Array(png)]), `${at}`)
    const body = Buffer.from(await new Response(form).arrayBuffer())
    const boundary = body.subarray(2, body.indexOf('\r\n')).toString()
    const head = [
      'POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson',
      `Content-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: ${body.length}\r\n\r\n`,
    ].join('\r\n')
    const before = ran()
    for (const rows of [0, 1, 3, 10]) {
      const socket = await connected(server.port)
      let text = ''
      socket.setEncoding('utf8').on('data', (more: string) => {
        text += more
      })
      socket.write(Buffer.concat([Buffer.from(head), body]))
      await vi.waitUntil(() => text.split('"model_version"').length > rows, { timeout: 10_000, interval: 5 })
      socket[going]()
      await vi.waitUntil(() => left().every((count) => count === 0), { timeout: 10_000 })
    }
    expect(ran() - before).toBeLessThan(100)
    expect(failures).toEqual([])
    await worksStill(server, png)
  })

  it('a thousand times leave no memory behind', async () => {
    const { server, left } = await watchedServer(() => pause(1))
    const goOne = async (turn: number) => {
      const socket = await connected(server.port)
      socket.write(requests.whole!.subarray(0, (turn * 37) % (requests.whole!.length + 1)))
      socket[GOING[turn % 2]!]()
    }
    const round = async () => {
      for (let turn = 0; turn < 500; turn += 50)
        await Promise.all(Array.from({ length: 50 }, (_, at) => goOne(turn + at)))
      await vi.waitUntil(() => left().every((count) => count === 0), { timeout: 10_000 })
      return process.memoryUsage().heapUsed
    }
    const first = await round()
    expect((await round()) - first).toBeLessThan(60e6)
    await worksStill(server, png)
  })
})
