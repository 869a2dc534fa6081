import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'

/** `puregalaxy serve` as it is built, in a process of its own. */
export interface Served {
  readonly url: string
  readonly child: ChildProcess
  /** Values of /metrics by name and labels, as they stand there. */
  metrics(): Promise<ReadonlyMap<string, number>>
  stop(): Promise<void>
}

/**
 * Starts a server on a free port and waits until it is ready.
 *
 * @param log file for its log: a process that reads it would take from what is measured
 * @param before script that is loaded before the server's
 */
export async function startServed(log: string, args: readonly string[], before?: string): Promise<Served> {
  const first = before === undefined ? [] : ['--import', pathToFileURL(before).href]
  const command = [...first, 'dist/cli/main.js', 'serve', '--port', '0', '--json', ...args]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', openSync(log, 'w')] })
  let out = ''
  for await (const text of child.stdout!.setEncoding('utf8')) {
    out += text
    if (out.endsWith('}\n')) break
  }
  if (!out.endsWith('}\n')) throw new Error(`The server has not started: ${await readFile(log, 'utf8')}`)
  const { url } = JSON.parse(out) as { url: string }
  return {
    url,
    child,
    async metrics() {
      const text = await (await fetch(`${url}/metrics`)).text()
      const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
      return new Map(
        lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
      )
    },
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
