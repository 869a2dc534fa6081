import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Media types that every host knows; of others this one says nothing better than bytes. */
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  js: 'text/javascript',
}

export interface StaticHost {
  readonly port: number
  /** Files asked for, in order; what there is none of too. */
  readonly asked: string[]
  /** Files that it does as if it had not. */
  readonly lost: Set<string>
  /** Answers no more. */
  stop(): Promise<void>
}

/** A host of files and nothing else, below a path, on a free port of 127.0.0.1; stopped when the test file ends. */
export async function serveFiles(folder: string, path: string): Promise<StaticHost> {
  const asked: string[] = []
  const lost = new Set<string>()
  const server = createServer(({ url = '', method }, response) => {
    const name = url === path ? 'index.html' : url.slice(path.length)
    asked.push(url.startsWith(path) ? name : url)
    const file = join(folder, name)
    if (method !== 'GET' || !url.startsWith(path) || lost.has(name) || !existsSync(file))
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not here</h1>')
    else
      response
        .writeHead(200, { 'content-type': TYPES[name.split('.').at(-1)!] ?? 'application/octet-stream' })
        .end(readFileSync(file))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  afterAll(stop)
  return { port: (server.address() as AddressInfo).port, asked, lost, stop }
}
