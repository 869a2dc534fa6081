import { Progress } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** What the process ends with. */
export const EXIT = { done: 0, failed: 1, usage: 2, someRefused: 3, interrupted: 130 } as const

/** What a command has to work with: where to print, whether as JSON, the signal to stop, and its exit code. */
export class CommandContext {
  readonly terminal: Terminal
  readonly json: boolean
  readonly debug: boolean
  readonly signal: AbortSignal
  /** As typed, for reports. */
  readonly commandLine: string
  /** What the process ends with when nothing is thrown. */
  exitCode: number = EXIT.done
  #progress: Progress | undefined

  constructor(
    terminal: Terminal,
    options: { readonly json: boolean; readonly debug: boolean; readonly args?: readonly string[] },
  ) {
    this.terminal = terminal
    this.json = options.json
    this.debug = options.debug
    this.signal = terminal.signal
    this.commandLine = ['puregalaxy', ...(options.args ?? []).map(quoted)].join(' ')
  }

  /** Prints the command's one result: `value` with `--json`, else `text()`. */
  result(value: unknown, text: () => string): void {
    this.endProgress()
    if (this.json) this.terminal.out(jsonText(value))
    else this.terminal.out(text().replace(/\n?$/, '\n'))
  }

  /** A line on stderr. */
  log(line: string): void {
    this.endProgress()
    this.terminal.err(`${line}\n`)
  }

  /** Starts the progress of a piece of work; the one before it ends. */
  progress(label: string, unit = 'images'): Progress {
    this.endProgress()
    this.#progress = new Progress(this.terminal, label, unit)
    return this.#progress
  }

  endProgress(): void {
    this.#progress?.end()
    this.#progress = undefined
  }
}

/** JSON for people and programs: indented, lists of numbers on one line each. */
export function jsonText(value: unknown): string {
  const numbers = /\[\s+((?:-?\d[\d.e+-]*|null)(?:,\s+(?:-?\d[\d.e+-]*|null))*)\s+\]/g
  // A string never matches: inside one, line breaks are escaped.
  return `${JSON.stringify(value, null, 2).replace(numbers, (_, list: string) => `[${list.replace(/\s+/g, ' ')}]`)}\n`
}

/** An argument as a shell takes it. */
function quoted(argument: string): string {
  return /^[\w./:=,@%+-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}
