import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsOf, type JobEvent, type JobJson } from '../api/jobs/job-server.ts'
import { drawAsked, surveyServer } from '../api/survey-server.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { BUILT, runInProcess } from './run-cli.ts'

const folder = temporaryFolder()
const PICTURES = 240

interface Server {
  readonly child: ChildProcess
  readonly url: string
  readonly port: number
  readonly ended: Promise<{ readonly code: number | null; readonly err: string }>
}

const started: ChildProcess[] = []
afterAll(() => {
  for (const child of started) child.kill('SIGKILL')
})

/** Starts the built server as a process of its own, and waits until it listens or ends. */
async function serve(jobs: string, ...args: string[]): Promise<Server> {
  const child = spawn(
    process.execPath,
    [BUILT, 'serve', '--threads', '1', '--json', '--jobs', join(folder, jobs), ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PUREGALAXY_CACHE: join(folder, 'cache') } },
  )
  started.push(child)
  let [out, err] = ['', '']
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, err }))
  for await (const text of child.stdout.setEncoding('utf8')) {
    out += text
    if (out.endsWith('}\n')) break
  }
  return { child, ended, ...(JSON.parse(out) as { url: string; port: number }) }
}

async function kill({ child, ended }: Server): Promise<void> {
  child.kill('SIGKILL')
  await ended
}

const later = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

const jobOf = async ({ url }: Server, id: string) =>
  (await (await fetch(`${url}/v1/jobs/${id}`)).json()) as JobJson

const resultsOf = async ({ url }: Server, id: string) =>
  await (await fetch(`${url}/v1/jobs/${id}/results?format=csv`)).text()

/** Small pictures, each of another look, as a form. */
function pictureForm(names: readonly string[]): FormData {
  const form = new FormData()
  for (const name of names) form.append('p', new Blob([readFileSync(join(folder, 'pictures', name))]), name)
  return form
}

type Row = Record<string, unknown>

/** Expects the same cells. Numbers may differ by 5e-6: programs for one picture and for sixteen add up in another order. */
function expectSame(found: readonly Row[], wanted: readonly Row[]): void {
  expect(found.map((row) => Object.keys(row))).toEqual(wanted.map((row) => Object.keys(row)))
  const isNumber = (cell: unknown) => cell !== null && cell !== '' && Number.isFinite(Number(cell))
  for (const [at, row] of wanted.entries())
    for (const [name, cell] of Object.entries(row)) {
      if (isNumber(cell)) expect(Number(found[at]![name]), name).toBeCloseTo(Number(cell), 5)
      else expect(found[at]![name], name).toBe(cell)
    }
}

const names = Array.from({ length: PICTURES }, (_, at) => `g${String(at).padStart(3, '0')}.png`)

describe('puregalaxy serve --jobs', { timeout: 300_000 }, () => {
  /** Rows of `classify` over the same pictures, without the identifier, which is a path there. */
  let expected: Record<string, string>[] = []
  const withoutId = (rows: Record<string, string>[]) => rows.map(({ id: _, ...cells }) => cells)

  beforeAll(async () => {
    mkdirSync(join(folder, 'pictures'))
    for (const [at, name] of names.entries()) {
      const [height, width] = [20 + (at % 5), 24]
      const pixels = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * (at + 3) + at * at) % 256)
      const picture = sharp(pixels, { raw: { height, width, channels: 3 } }).png()
      // One that cannot be read is among them.
      writeFileSync(join(folder, 'pictures', name), at === 100 ? 'no picture' : await picture.toBuffer())
    }
    const out = join(folder, 'expected.csv')
    await runInProcess(['classify', join(folder, 'pictures'), '--out', out, '--threads', '1'])
    expected = parse(readFileSync(out), { columns: true }) as Record<string, string>[]
    expect(expected).toHaveLength(PICTURES)
  }, 120_000)

  it('loses nothing and repeats nothing when it is killed at any moment, and says what classify says', async () => {
    let server = await serve('killed', '--port', '0')
    const args = ['--port', String(server.port)]
    const key = { 'idempotency-key': 'night' }
    const submit = async () =>
      (await (
        await fetch(`${server.url}/v1/jobs`, { method: 'POST', body: pictureForm(names), headers: key })
      ).json()) as JobJson
    const { id } = await submit()
    // Killed as soon as it has said that it took the job.
    await kill(server)

    const events: JobEvent[] = []
    let prefix = ''
    let kills = 1
    for (let state = ''; state !== 'done'; ) {
      server = await serve('killed', ...args)
      if (kills < 3) expect(await submit()).toMatchObject({ id, rows: PICTURES })
      const restart = await resultsOf(server, id)
      expect(restart.startsWith(prefix)).toBe(true)
      // Later each time, so that some rows are done at last.
      const patience = (0.1 + Math.random()) * 300 * kills
      const client = new AbortController()
      const watching = (async () => {
        const last = events.at(-1)
        const headers: Record<string, string> = last === undefined ? {} : { 'last-event-id': String(last.id) }
        for await (const event of eventsOf(`${server.url}/v1/jobs/${id}/events`, headers, client.signal))
          events.push(event)
      })().catch(() => undefined)
      await Promise.race([watching, later(patience)])
      prefix = await resultsOf(server, id)
      state = (await jobOf(server, id)).state
      if (state === 'done') {
        await watching
        break
      }
      await kill(server)
      client.abort()
      await watching
      kills++
    }
    expect(kills).toBeGreaterThan(2)
    expect(await jobOf(server, id)).toMatchObject({ rows: PICTURES, done: PICTURES, refused: 1 })
    const rows = parse(await resultsOf(server, id), { columns: true }) as Record<string, string>[]
    expect(rows.map((row) => row.id)).toEqual(names)
    const errors = rows.map(({ error }) => error !== '')
    expect(errors).toEqual(names.map((_, at) => at === 100))
    const compared = (all: Record<string, string>[]) => withoutId(all).filter((_, at) => at !== 100)
    expectSame(compared(rows), compared(expected))
    const numbers = events.map((event) => event.id)
    expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other))
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { state: 'done' } })
    await kill(server)
  })

  it('forgets a job that was not wholly there when it was killed, and takes it when it is sent again', async () => {
    const first = await serve('half', '--port', '0')
    const headers = { 'idempotency-key': 'half' }
    const form = new Request('http://localhost', { method: 'POST', body: pictureForm(names) })
    const type = form.headers.get('content-type')!
    const bytes = new Uint8Array(await form.arrayBuffer())
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes.slice(0, bytes.length / 2)),
    })
    const init = { method: 'POST', body, duplex: 'half', headers: { ...headers, 'content-type': type } }
    const sending = fetch(`${first.url}/v1/jobs`, init as RequestInit).catch(() => undefined)
    await later(500)
    await kill(first)
    await sending
    const second = await serve('half', '--port', '0')
    expect(await (await fetch(`${second.url}/v1/jobs`)).json()).toEqual({ jobs: [], next: null })
    const again = await fetch(`${second.url}/v1/jobs`, { method: 'POST', body: pictureForm(names), headers })
    expect(again.status).toBe(202)
    await kill(second)
  })

  it('fetches the positions of a catalogue, and says of them what a request is told, killed or not', async () => {
    const survey = await surveyServer(drawAsked)
    const args = ['--cutouts', survey.base, '--cutouts-allow-private']
    const first = await serve('catalogue', '--port', '0', ...args)
    const rows = Array.from({ length: 80 }, (_, at) => ({ id: `g${at}`, ra: at * 4, dec: at - 40 }))
    const body = `id,ra,dec\n${rows.map(({ id, ra, dec }) => `${id},${ra},${dec}\n`).join('')}`
    const headers = { 'content-type': 'text/csv' }
    const sent = await fetch(`${first.url}/v1/jobs`, { method: 'POST', headers, body })
    const { id } = (await sent.json()) as JobJson
    for await (const { data } of eventsOf(`${first.url}/v1/jobs/${id}/events`)) if (data.done > 0) break
    await kill(first)
    const second = await serve('catalogue', '--port', '0', ...args)
    for await (const event of eventsOf(`${second.url}/v1/jobs/${id}/events`))
      if (event.event === 'end') expect(event.data).toMatchObject({ state: 'done', refused: 0 })
    const results = (await (await fetch(`${second.url}/v1/jobs/${id}/results`)).text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
    const request = {
      method: 'POST',
      body: JSON.stringify(rows),
      headers: { 'content-type': 'application/json' },
    }
    const told = (await (await fetch(`${second.url}/v1/classify`, request)).json()) as {
      predictions: Row[]
    }
    expectSame(results, told.predictions)
    await kill(second)
  })

  it('says so where options of jobs are given without a folder', async () => {
    const { code, err } = await runInProcess(['serve', '--job-retention', '3'])
    expect([code, err]).toEqual([2, expect.stringMatching(/Options of jobs say nothing without --jobs/)])
  })

  it('ends what it has in hand when it is stopped, and goes on when it is started', async () => {
    const first = await serve('stopped', '--port', '0')
    const job = (await (
      await fetch(`${first.url}/v1/jobs`, { method: 'POST', body: pictureForm(names) })
    ).json()) as JobJson
    const events: JobEvent[] = []
    for await (const event of eventsOf(`${first.url}/v1/jobs/${job.id}/events`)) {
      events.push(event)
      if (event.data.done > 0 && !first.child.killed) first.child.kill('SIGTERM')
    }
    const { code, err } = await first.ended
    expect(code).toBe(0)
    expect(err).not.toMatch(/"level":50|\n\s+at /)
    const second = await serve('stopped', '--port', '0')
    const { id } = job
    expect((await jobOf(second, id)).done).toBeGreaterThanOrEqual(events.at(-1)!.data.done)
    for await (const event of eventsOf(`${second.url}/v1/jobs/${id}/events`)) events.push(event)
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { done: PICTURES } })
    const rows = parse(await resultsOf(second, id), { columns: true }) as Record<string, string>[]
    expect(rows.map((row) => row.id)).toEqual(names)
    await kill(second)
  })

  it('refuses a folder that another server has, and one of something else', async () => {
    const first = await serve('shared', '--port', '0')
    const second = await runInProcess(['serve', '--port', '0', '--jobs', join(folder, 'shared')])
    expect(second.err).toMatch(
      /error: .*jobs\.sqlite is in use by another server\. Give each server a folder/,
    )
    expect(second.code).toBe(1)
    await kill(first)
    mkdirSync(join(folder, 'other'))
    writeFileSync(join(folder, 'other', 'jobs.sqlite'), 'x'.repeat(5000))
    const other = await runInProcess(['serve', '--port', '0', '--jobs', join(folder, 'other')])
    expect(other.err).toMatch(/error: .*jobs\.sqlite is no database of jobs\. Name another folder/)
    const file = await runInProcess(['serve', '--port', '0', '--jobs', join(folder, 'expected.csv')])
    expect(file.err).toMatch(/error: .*expected\.csv/)
    for (const { code, err } of [other, file]) {
      expect(code).toBe(1)
      expect(err).not.toMatch(/internal error|\n\s+at /)
    }
  })
})
