import { spawn } from 'node:child_process'

export interface ToolOptions {
  readonly cwd?: string
  readonly signal?: AbortSignal | undefined
}

export interface ToolResult {
  /** Null where a signal ended it. */
  readonly code: number | null
  /** What it wrote to stdout and stderr. */
  readonly text: string
}

/**
 * Runs a program of the user's machine to its end.
 *
 * @returns null where there is no such program
 * @throws what made `signal` abort
 */
export function runTool(
  command: string,
  args: readonly string[],
  { cwd, signal }: ToolOptions = {},
): Promise<ToolResult | null> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal ? { signal } : {}),
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) fail(signal.reason)
      else if (error.code === 'ENOENT') done(null)
      else fail(error)
    })
    child.once('close', (code) => done({ code, text }))
  })
}
