import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface ToolOptions {
  readonly cwd?: string
  /** Default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv
  /** Milliseconds after which it is told to end. */
  readonly timeout?: number
  readonly signal?: AbortSignal | undefined
  /** Called with each line that it writes, when it writes it. */
  readonly onLine?: ((line: string) => void) | undefined
}

export interface ToolResult {
  /** Null where a signal ended it. */
  readonly code: number | null
  /** The signal that ended it. */
  readonly killed: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Both, as they came. */
  readonly text: string
}

/**
 * Runs a program to its end. Where `signal` aborts, the program is told to stop, and waited for: what it still writes
 * would outlive the removal of its folder.
 *
 * @returns null where there is no such program
 * @throws what made `signal` abort
 */
export function runTool(
  command: string,
  args: readonly string[],
  { onLine, signal, ...options }: ToolOptions = {},
): Promise<ToolResult | null> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
      ...(signal ? { signal } : {}),
    })
    const said = { stdout: '', stderr: '', text: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = child[name].setEncoding('utf8').on('data', (part: string) => {
        said[name] += part
        said.text += part
      })
      if (onLine) createInterface({ input: stream }).on('line', onLine)
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      // A folder, or a file that is no program, is as good as none.
      if (error.code === 'ENOENT' || error.code === 'EACCES') done(null)
      else if (error.code !== 'ABORT_ERR') fail(error)
    })
    child.once('close', (code, killed) =>
      signal?.aborted ? fail(signal.reason) : done({ code, killed, ...said }),
    )
  })
}
