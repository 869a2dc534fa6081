import { readFileSync } from 'node:fs'
import { Miniflare } from 'miniflare'
import { afterAll } from 'vitest'
import type { ApiLimits } from '../../../src/api/index.ts'

export interface EdgeServer {
  readonly url: URL
  /** Sends a request to a path. */
  ask(path: string, init?: RequestInit): Promise<Response>
}

/** Where a worker finds what it imports: the built package. */
const PACKAGE = [
  ['ESModule', 'puregalaxy/api/edge', 'dist/edge/index.js'],
  ['CompiledWasm', 'puregalaxy/api/edge/decoders.wasm', 'dist/edge/decoders.wasm'],
  ['CompiledWasm', 'puregalaxy/api/edge/tensorflow.wasm', 'dist/edge/tensorflow.wasm'],
  ['Text', 'puregalaxy/web/index.html', 'dist/web/index.html'],
  ['Text', 'puregalaxy/web/page.css', 'dist/web/page.css'],
  ['Text', 'puregalaxy/web/page.js', 'dist/web/page.js'],
  ['Data', 'puregalaxy/weights/small.safetensors', 'weights/small.safetensors'],
] as const

/** JSON is no kind of module there; wrangler makes one of it. */
const CARD = `export default ${readFileSync('weights/small.card.json', 'utf8')}`

export const WORKER = readFileSync('examples/edge/worker.js', 'utf8')

/** The example's worker with limits of its own. */
export const limited = (limits: Partial<ApiLimits>): string =>
  WORKER.replace('models: { small }', `models: { small }, limits: ${JSON.stringify(limits)}`)

const running: Miniflare[] = []
afterAll(() => Promise.all(running.map((server) => server.dispose())))

/** A worker in workerd, without any of Node's modules, on a free port of 127.0.0.1; stopped when the test file ends. */
export async function serveEdge(worker = WORKER): Promise<EdgeServer> {
  const server = new Miniflare({
    compatibilityDate: '2025-09-01',
    modules: [
      { type: 'ESModule', path: 'worker.js', contents: worker },
      { type: 'ESModule', path: 'puregalaxy/weights/small.card.json', contents: CARD },
      ...PACKAGE.map(([type, path, file]) => ({ type, path, contents: readFileSync(file) })),
    ],
  })
  running.push(server)
  const url = await server.ready
  return {
    url,
    ask(path, init) {
      const headers = new Headers(init?.headers)
      // workerd takes the time that it computed for idleness, and would close a connection that is about to be used again.
      headers.set('connection', 'close')
      return fetch(new URL(path, url), { ...init, headers })
    },
  }
}
