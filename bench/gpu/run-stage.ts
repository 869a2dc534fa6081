import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'

/** A piece of the check, in a process of its own: what crashes or hangs there takes nothing else along. */
export interface Stage {
  readonly name: string
  /** Program and arguments; what it prints last on stdout, a line of JSON or a whole JSON text, is its result. */
  readonly command: readonly string[]
  readonly limitSeconds: number
  readonly environment?: Readonly<Record<string, string>>
}

export interface StageResult {
  readonly name: string
  readonly status: 'done' | 'failed' | 'timed out'
  readonly seconds: number
  readonly result: unknown
  /** The last of what it said, where it failed. */
  readonly message: string | null
}

/** Characters of a failed stage's words that the summary keeps; the rest is in its log. */
const MESSAGE_CHARACTERS = 2000

/** Time between asking a process to end and ending it. */
const GRACE_MS = 5000

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** What a shell says of a program that Ctrl-C ended. */
const INTERRUPTED = 130

/**
 * Runs a stage to its end or its time limit. Never throws: a failure is a result. SIGINT and SIGTERM, which do not reach
 * the stage's group, end it and then this process.
 *
 * @param folder where `<name>.log` takes all that the stage says
 */
export async function runStage(stage: Stage, folder: string): Promise<StageResult> {
  const { name, command, limitSeconds, environment } = stage
  const start = performance.now()
  const log = createWriteStream(join(folder, `${name}.log`))
  const [program, ...rest] = command
  // A group of its own, so that what it started ends with it.
  const child = spawn(program!, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...environment },
  })
  let [out, tail] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    log.write(text)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-MESSAGE_CHARACTERS)
    log.write(text)
  })
  const end = () => {
    endGroup(child.pid, 'SIGTERM')
    setTimeout(() => endGroup(child.pid, 'SIGKILL'), GRACE_MS).unref()
  }
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    end()
  }, limitSeconds * 1000)
  let interrupted = false
  const interrupt = () => {
    interrupted = true
    end()
  }
  for (const signal of SIGNALS) process.on(signal, interrupt)
  const code = await new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (status, signal) => resolve(status ?? signal ?? 'no status'))
  })
  clearTimeout(timer)
  if (interrupted) {
    endGroup(child.pid, 'SIGKILL')
    process.exit(INTERRUPTED)
  }
  for (const signal of SIGNALS) process.off(signal, interrupt)
  log.end()
  await finished(log)
  const seconds = (performance.now() - start) / 1000
  const result = lastJson(out)
  if (code === 0 && result !== undefined) return { name, status: 'done', seconds, result, message: null }
  return {
    name,
    status: timedOut ? 'timed out' : 'failed',
    seconds,
    result: result ?? null,
    message: timedOut ? `no end within ${limitSeconds} s; ${tail}` : `ended with ${code}: ${tail}`,
  }
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}

function lastJson(text: string): unknown {
  const lines = text.trim().split('\n')
  for (const candidate of [text, lines.at(-1)!]) {
    try {
      return JSON.parse(candidate)
    } catch {
      // Words, not a result.
    }
  }
  return undefined
}
