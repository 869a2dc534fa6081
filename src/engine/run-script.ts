import { spawn } from 'node:child_process'

export interface ScriptOptions {
  /** Milliseconds. */
  readonly timeout: number
  /** Default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv
}

/** How a process of Node ended, and what it wrote. */
export interface ProcessEnd {
  readonly stdout: string
  readonly stderr: string
  /** Null where a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Whether it was ended because its time was over. */
  readonly timedOut: boolean
}

/** Milliseconds for what a process wrote last to arrive. A process that it began may hold its pipes for longer. */
const LAST_WORDS = 200

/**
 * Runs a script of JavaScript in a process of its own to its end, which comes when `timeout` is over at the latest: native code
 * may be deaf to gentler signals.
 *
 * @throws Error where no process can be started
 */
export function runScript(
  args: readonly string[],
  { timeout, env = process.env }: ScriptOptions,
): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (part: string) => {
        said[name] += part
      })
    let timedOut = false
    const kill = () => child.kill('SIGKILL')
    const timer = setTimeout(() => {
      timedOut = true
      kill()
    }, timeout)
    process.once('exit', kill)
    const settle = () => {
      clearTimeout(timer)
      process.off('exit', kill)
    }
    child.once('error', (error) => {
      settle()
      reject(error)
    })
    child.once('exit', (code, signal) => {
      settle()
      const last = setTimeout(end, LAST_WORDS)
      child.once('close', end)
      function end(): void {
        clearTimeout(last)
        child.stdout.destroy()
        child.stderr.destroy()
        resolve({ ...said, code, signal, timedOut })
      }
    })
  })
}
