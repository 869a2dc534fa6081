import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { runCommandLine } from '../../cli/run.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** The built command line; `npm test` builds it first. */
export const BUILT = join(ROOT, 'dist', 'cli', 'main.js')

/** What a command line printed and ended with. */
export interface CliResult {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process, from the sources. */
export async function runInProcess(
  args: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<CliResult> {
  let out = ''
  let err = ''
  const code = await runCommandLine(args, {
    out: (text) => {
      out += text
    },
    flushed: async () => {},
    err: (text) => {
      err += text
    },
    interactive: false,
    columns: 100,
    signal: options.signal ?? new AbortController().signal,
  })
  return { code, out, err }
}

interface ProcessOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Called with what the process has printed to stderr so far, and a function that sends it a signal. */
  readonly onErr?: (err: string, kill: (signal: NodeJS.Signals) => void) => void
}

/** Runs the built command line as a process of its own. */
export function runProcess(args: readonly string[], options: ProcessOptions = {}): Promise<CliResult> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [BUILT, ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
      options.onErr?.(err, (signal) => child.kill(signal))
    })
    child.once('error', fail)
    child.once('close', (code) => done({ code, out, err }))
  })
}
