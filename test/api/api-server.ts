import { connect } from 'node:net'
import { afterAll } from 'vitest'
import { type App, type AppOptions, createApp, type ServedModel } from '../../src/api/index.ts'
import { decodeUpload, type RunningServer, startServer } from '../../src/api/node/index.ts'
import { GALAXY10_DECALS } from '../../src/survey/galaxy10.ts'

/** A model of ten classes whose probabilities say how bright a picture is: class 9 has the mean of its bytes over 255. */
export function brightnessModel(
  options: { readonly name?: string; readonly work?: (pictures: number) => Promise<void> } = {},
): ServedModel {
  const size = 8 * 8 * 3
  return {
    name: options.name ?? 'brightness',
    version: 'test-1',
    classes: GALAXY10_DECALS,
    inputSize: [8, 8, 3],
    engine: 'test',
    async predict(pictures) {
      await options.work?.(pictures.length / size)
      return Array.from({ length: pictures.length / size }, (_, at) => {
        const mean = pictures.subarray(at * size, (at + 1) * size).reduce((sum, v) => sum + v, 0) / size / 255
        const probabilities = new Float64Array(10).fill((1 - mean) / 9)
        probabilities[9] = mean
        return { probabilities, label: 9, slug: GALAXY10_DECALS.slugs[9]!, confidence: mean, entropy: 0 }
      })
    },
  }
}

export interface TestServer extends RunningServer {
  readonly app: App
  /** Sends a request to a path. */
  ask(path: string, init?: RequestInit): Promise<Response>
}

const running: RunningServer[] = []
afterAll(() => Promise.all(running.map((server) => server.stop(0))))

/** A server on a free port of 127.0.0.1, stopped when the test file ends. */
export async function serveApp(options: Partial<AppOptions> = {}): Promise<TestServer> {
  const app = createApp({ classifiers: [brightnessModel()], decode: decodeUpload, ...options })
  await app.warmUp()
  const server = await startServer(app, { port: 0 })
  running.push(server)
  return { ...server, app, ask: (path, init) => fetch(server.url + path, init) }
}

/** Sends bytes over a connection of its own, and gives all that came back until it was closed. */
export function converse(
  port: number,
  parts: readonly (string | Uint8Array)[],
  { gap = 0, patience = 10_000 }: { readonly gap?: number; readonly patience?: number } = {},
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const timer = setTimeout(() => socket.destroy(), patience)
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(text)
    })
    const send = async () => {
      for (const part of parts) {
        if (socket.destroyed) return
        socket.write(part)
        if (gap > 0) await new Promise((done) => setTimeout(done, gap))
      }
    }
    void send()
  })
}

/** A form whose parts are files. */
export function form(...files: readonly [name: string, bytes: Uint8Array][]): FormData {
  const data = new FormData()
  for (const [name, bytes] of files) data.append('picture', new Blob([new Uint8Array(bytes)]), name)
  return data
}

/** A JSON body with pictures. */
export const jsonBody = (pictures: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ pictures }),
})

/** One picture as a body. */
export const pictureBody = (bytes: Uint8Array, type = 'image/png'): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type },
  body: new Uint8Array(bytes),
})

/** A row of an answer. */
export type Row = Record<string, string | number | null>

export const rowsOf = async (response: Response): Promise<Row[]> =>
  ((await response.json()) as { predictions: Row[] }).predictions

/** Status and code of a problem, which must be one. */
export async function problemOf(response: Response): Promise<[status: number, code: string]> {
  const text = await response.text()
  const type = response.headers.get('content-type')
  if (type !== 'application/problem+json') throw new Error(`${response.status} ${type}: ${text}`)
  if (/\n\s+at |node:|\.ts:|node_modules/.test(text)) throw new Error(`a stack was told: ${text}`)
  const { status, code } = JSON.parse(text) as { status: number; code: string }
  if (status !== response.status)
    throw new Error(`the problem says ${status}, the response ${response.status}`)
  return [status, code]
}
