import { restart } from './restart.ts'

/** Where a command reads its signal to stop from and writes to. Tests pass their own, so that a command runs in-process. */
export interface Terminal {
  /** Results. */
  out(text: string): void
  /** Resolves when the system has taken what was written to `out`; rejects when it did not. */
  flushed(): Promise<void>
  /** Progress, logs, errors. */
  err(text: string): void
  /** Whether `err` is a person's terminal: bars are redrawn there, and elsewhere become a line now and then. */
  readonly interactive: boolean
  /** Columns of the terminal. */
  readonly columns: number
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** Starts the program anew with more environment variables; see `restart`. Tests have none. */
  readonly restart?: (variables: Readonly<Record<string, string>>) => Promise<void>
}

/** The terminal of this process. */
export function processTerminal(signal: AbortSignal): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    flushed: () =>
      new Promise((resolve, reject) => {
        process.stdout.write('', (error) => (error ? reject(error) : resolve()))
      }),
    err: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? 80,
    signal,
    restart,
  }
}
