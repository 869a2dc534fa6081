/**
 * Sends pictures to a server, from a process of its own. Answers each line on stdin, a `LoadOrder`, with a `LoadResult`.
 *
 *     node bench/build/api-load-process.js PICTURE…
 */
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { LoadOrder, LoadResult } from './load-order.ts'

const requests = await Promise.all(
  process.argv.slice(2).map(async (path) => {
    const body = await readFile(path)
    const head = `POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: ${body.length}\r\n\r\n`
    return Buffer.concat([Buffer.from(head), body])
  }),
)
let next = 0

/**
 * One connection, one request at a time. Reads as much of HTTP as the server's answers have: on a machine of few cores a
 * client that does more takes from what is measured.
 */
class Connection {
  readonly #socket: Socket
  #text = ''
  #ended: (end: string) => void = () => undefined

  constructor(url: URL) {
    this.#socket = connect(Number(url.port), url.hostname).setNoDelay().setEncoding('latin1')
    this.#socket.on('data', (text) => {
      this.#text += text
      const whole = this.#whole()
      if (whole !== undefined) this.#ended(whole)
    })
    this.#socket.on('error', (error) => this.#ended(error.message))
    this.#socket.on('close', () => this.#ended('closed'))
  }

  get usable(): boolean {
    return this.#socket.writable
  }

  /** Resolves with the status, `refused` for 429 and 503 with Retry-After, or an error. */
  send(request: Buffer): Promise<string> {
    return new Promise((resolve) => {
      this.#ended = resolve
      this.#text = ''
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #whole(): string | undefined {
    const end = this.#text.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const head = this.#text.slice(0, end)
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1])
    if (!(this.#text.length >= end + 4 + length)) return undefined
    const status = head.slice(9, 12)
    return /^(429|503)$/.test(status) && /\r\nretry-after: \d/i.test(head) ? 'refused' : status
  }
}

async function load({ url, seconds, concurrency, rate }: LoadOrder): Promise<LoadResult> {
  const idle: Connection[] = []
  const answered: number[] = []
  const refused: number[] = []
  const others: Record<string, number> = {}
  const sendOne = async () => {
    const before = performance.now()
    let connection = idle.pop()
    // The server closes what is idle for long.
    while (connection?.usable === false) connection = idle.pop()
    connection ??= new Connection(new URL(url))
    const end = await connection.send(requests[next++ % requests.length]!)
    const milliseconds = performance.now() - before
    if (connection.usable) idle.push(connection)
    if (end === '200') answered.push(milliseconds)
    else if (end === 'refused') refused.push(milliseconds)
    else others[end] = (others[end] ?? 0) + 1
  }
  const started = performance.now()
  const elapsed = () => (performance.now() - started) / 1000
  if (concurrency !== undefined) {
    const sendOn = async () => {
      while (elapsed() < seconds) await sendOne()
    }
    await Promise.all(Array.from({ length: concurrency }, sendOn))
  } else {
    const all: Promise<void>[] = []
    for (let due = 0; due < seconds; due = all.length / rate!) {
      const early = 1000 * (due - elapsed())
      // One that is late is sent at once: timers of less than a millisecond cost more than they say.
      if (early > 1) await new Promise((resolve) => setTimeout(resolve, early))
      all.push(sendOne())
    }
    await Promise.all(all)
  }
  for (const connection of idle) connection.close()
  return { seconds: elapsed(), answered, refused, others }
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await load(JSON.parse(line) as LoadOrder))}\n`)
