/**
 * Measures jobs of the HTTP API: a catalogue of a million positions on its way in, results on their way into the database,
 * and out again:
 *
 *     npm run bench:jobs -- [--rows 1000000] [--folder DIR]
 *
 * The server is this process and its model does nothing, so figures are those of jobs alone; the client is a process of its
 * own. The database is in a folder for temporary files unless --folder names another disk.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import { createApp, type ServedModel } from '../src/api/index.ts'
import { decodeUpload, openJobs, startServer } from '../src/api/node/index.ts'
import { DEFAULT_JOB_LIMITS } from '../src/api/node/jobs/job-limits.ts'
import { openSqliteJobStore } from '../src/api/node/jobs/sqlite/sqlite-job-store.ts'
import { GALAXY10_DECALS } from '../src/survey/galaxy10.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    folder: { type: 'string' },
    /** Set for the process that is the client: the address to send to, or to read from. */
    send: { type: 'string' },
    read: { type: 'string' },
  },
})
const rows = Number(values.rows)

/** Rows that stand for a chunk of a job, and lines that the client sends at once. */
const [CHUNK, LINES] = [256, 1000]

function* catalogue(): Generator<string> {
  yield 'id,ra,dec\n'
  for (let start = 0; start < rows; start += LINES) {
    const lines = Math.min(LINES, rows - start)
    yield Array.from({ length: lines }, (_, i) => {
      const at = start + i
      return `26639854173${String(at).padStart(8, '0')},${((at * 0.618) % 360).toFixed(6)},${((at * 0.377) % 90).toFixed(6)}\n`
    }).join('')
  }
}

async function send(url: string): Promise<void> {
  const body = Readable.toWeb(Readable.from(catalogue(), { objectMode: false }))
  const headers = { 'content-type': 'text/csv' }
  const started = performance.now()
  const response = await fetch(url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
  const answer = (await response.json()) as { id: string; rows: number }
  if (response.status !== 202) throw new Error(JSON.stringify(answer))
  process.stdout.write(JSON.stringify({ ...answer, seconds: (performance.now() - started) / 1000 }))
}

async function read(url: string): Promise<void> {
  const started = performance.now()
  const response = await fetch(url)
  let [lines, bytes] = [0, 0]
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++
  }
  process.stdout.write(JSON.stringify({ lines, bytes, seconds: (performance.now() - started) / 1000 }))
}

/** What the client says, with what this process was like meanwhile. */
async function client<Answer>(...args: readonly string[]): Promise<Answer & Watched> {
  const watch = watchProcess()
  const child = spawn(process.execPath, [process.argv[1]!, '--rows', String(rows), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += String(chunk)
  })
  await once(child, 'close')
  return { ...(JSON.parse(text) as Answer), ...watch() }
}

interface Watched {
  /** Highest resident memory above that before, MiB. */
  readonly memory: number
  /** Longest times that the event loop stood still, milliseconds. */
  readonly delay: { readonly longest: number; readonly p99: number }
}

function watchProcess(): () => Watched {
  global.gc?.()
  const before = process.memoryUsage.rss()
  let highest = before
  const timer = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage.rss())
  }, 50)
  const loop = monitorEventLoopDelay({ resolution: 5 })
  loop.enable()
  return () => {
    clearInterval(timer)
    loop.disable()
    const delay = { longest: loop.max / 1e6, p99: loop.percentile(99) / 1e6 }
    return { memory: (highest - before) / 2 ** 20, delay }
  }
}

const model: ServedModel = {
  name: 'none',
  version: '1',
  classes: GALAXY10_DECALS,
  inputSize: [8, 8, 3],
  engine: 'none',
  predict: async () => [],
}

async function measure(): Promise<void> {
  const folder = await mkdtemp(join(values.folder ?? tmpdir(), 'puregalaxy-bench-'))
  const load = loadavg()[0]!.toFixed(1)
  try {
    const sent = await accept(folder)
    console.log(`load ${load} at the start`)
    console.log(`accepted: ${rate(rows, sent.seconds)} rows/s, ${describe(sent)}`)
    console.log(`database: ${await megabytes(folder)}`)
    const seconds = await complete(folder)
    console.log(`results stored: ${rate(rows, seconds)} rows/s in chunks of ${CHUNK}`)
    console.log(`database: ${await megabytes(folder)}`)
    for (const format of ['ndjson', 'csv']) {
      const got = await results(folder, sent.id, format)
      console.log(`results as ${format}: ${rate(rows, got.seconds)} rows/s, ${describe(got)}`)
      if (got.lines !== rows + (format === 'csv' ? 1 : 0)) throw new Error(`${got.lines} lines came`)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A server whose jobs wait: its source of cut-outs never answers. */
async function serve(folder: string) {
  const cutouts = {
    fetch: (_: unknown, signal: AbortSignal) =>
      new Promise<Uint8Array>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      ),
  }
  const jobs = await openJobs({ folder, cutouts, limits: { rows: Math.max(rows, DEFAULT_JOB_LIMITS.rows) } })
  const app = createApp({ classifiers: [model], decode: decodeUpload, extensions: [jobs] })
  const server = await startServer(app, { port: 0 })
  const stop = async () => {
    await server.stop(0)
    await jobs.close()
  }
  return { url: `${server.url}/v1/jobs`, stop }
}

async function accept(folder: string) {
  const { url, stop } = await serve(folder)
  const sent = await client<{ id: string; rows: number; seconds: number }>('--send', url)
  await stop()
  return sent
}

/** Seconds to claim every row and store a result for it, one chunk after the other. */
async function complete(folder: string): Promise<number> {
  const store = await openSqliteJobStore(folder, DEFAULT_JOB_LIMITS)
  const probabilities = new Float64Array(10).fill(0.1)
  const started = performance.now()
  for (;;) {
    const wanted = { models: [model].map(({ name, version }) => ({ name, version })), except: [] }
    const chunk = await store.claim({ ...wanted, sources: ['catalogue'], rows: CHUNK })
    if (chunk === undefined) break
    const done = chunk.rows.map(({ row, id, ra, dec }) => ({ row, id, ra, dec, probabilities }))
    await store.complete(chunk, done)
  }
  const seconds = (performance.now() - started) / 1000
  await store.close()
  return seconds
}

async function results(folder: string, id: string, format: string) {
  const { url, stop } = await serve(folder)
  const got = await client<{ lines: number; bytes: number; seconds: number }>(
    '--read',
    `${url}/${id}/results?format=${format}`,
  )
  await stop()
  return got
}

const rate = (count: number, seconds: number): string => Math.round(count / seconds).toLocaleString('en')

const describe = ({ memory, delay }: Watched): string =>
  `memory +${memory.toFixed(0)} MiB at most, event loop held for ${delay.longest.toFixed(0)} ms at most, ${delay.p99.toFixed(0)} ms at p99`

async function megabytes(folder: string): Promise<string> {
  const { size } = await stat(join(folder, 'jobs.sqlite'))
  return `${(size / 2 ** 20).toFixed(0)} MiB`
}

if (values.send !== undefined) await send(values.send)
else if (values.read !== undefined) await read(values.read)
else await measure()
