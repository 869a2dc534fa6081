import { afterAll, vi } from 'vitest'
import type { AppOptions } from '../../../src/api/index.ts'
import { type Jobs, type OpenJobsOptions, openJobs } from '../../../src/api/node/index.ts'
import { temporaryFolder } from '../../io/temporary-folder.ts'
import { serveApp, type TestServer } from '../api-server.ts'
import { plain } from '../galaxy-pictures.ts'

/** A job as the API tells it. */
export interface JobJson {
  readonly id: string
  readonly state: string
  readonly detail: string | null
  readonly source: string
  readonly rows: number
  readonly done: number
  readonly refused: number
  readonly [name: string]: unknown
}

export interface JobServer extends TestServer {
  readonly jobs: Jobs
  /** Sends a job that must be accepted. */
  submit(init: RequestInit, query?: string): Promise<JobJson>
  job(id: string): Promise<JobJson>
  /** Waits until a job is in a state. */
  reaches(id: string, state: string): Promise<JobJson>
  results(id: string, query?: string): Promise<Record<string, string | number | null>[]>
}

const opened: Jobs[] = []
afterAll(() => Promise.all(opened.map((jobs) => jobs.close())))

/** A server with jobs in a folder of their own, with the test model unless another is given. */
export async function serveJobs(
  options: Partial<OpenJobsOptions> = {},
  app: Partial<AppOptions> = {},
): Promise<JobServer> {
  const jobs = await openJobs({ folder: temporaryFolder(), ...options })
  opened.push(jobs)
  const server = await serveApp({ ...app, extensions: [jobs] })
  const job = async (id: string) => (await (await server.ask(`/v1/jobs/${id}`)).json()) as JobJson
  return {
    ...server,
    jobs,
    job,
    async submit(init, query = '') {
      const response = await server.ask(`/v1/jobs${query}`, { method: 'POST', ...init })
      const answer = (await response.json()) as JobJson
      if (response.status !== 202) throw new Error(`${response.status}: ${JSON.stringify(answer)}`)
      return answer
    },
    reaches: (id, state) =>
      vi.waitUntil(
        async () => {
          const found = await job(id)
          return found.state === state ? found : undefined
        },
        { timeout: 30_000, interval: 20 },
      ) as Promise<JobJson>,
    async results(id, query = '') {
      const text = await (await server.ask(`/v1/jobs/${id}/results${query}`)).text()
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, string | number | null>)
    },
  }
}

/** A catalogue of so many rows in CSV: g0, g1 …, as bright as their numbers. */
export const catalogue = (rows: number): string =>
  `id,ra,dec\n${Array.from({ length: rows }, (_, at) => `g${at},${at % 256},-1.5\n`).join('')}`

/** A catalogue as a body. */
export const csv = (text: string | Uint8Array, headers: Record<string, string> = {}): RequestInit => ({
  headers: { 'content-type': 'text/csv', ...headers },
  body: typeof text === 'string' ? text : new Uint8Array(text),
})

export const ndjson = (...lines: readonly unknown[]): RequestInit => ({
  headers: { 'content-type': 'application/x-ndjson' },
  body: lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
})

/** A source of cut-outs whose sky is as bright as its right ascension, 0 to 255. */
export const brightSky = {
  fetch: async ({ ra }: { readonly ra: number }) => new Uint8Array(await plain(Math.round(ra) % 256)),
}

/** What a row says of the brightness of its picture, 0 to 255. */
export const brightnessOf = (row: Record<string, unknown>) =>
  Math.round((row.p_edge_on_with_bulge as number) * 255)

/** An event of a stream of server-sent events. */
export interface JobEvent {
  readonly event: string
  readonly id: number
  readonly data: JobJson
}

/** The events of a job until the stream ends or breaks. */
export async function* eventsOf(
  url: string,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, void, undefined> {
  const response = await fetch(url, { headers, ...(signal === undefined ? {} : { signal }) })
  if (response.status !== 200) throw new Error(`${response.status}`)
  let rest = ''
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop()!
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s)))
      if (fields.data !== undefined)
        yield { event: fields.event, id: Number(fields.id), data: JSON.parse(fields.data) as JobJson }
    }
  }
}
