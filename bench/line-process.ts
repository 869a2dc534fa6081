import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

/** A process that answers each line on its stdin with a line of JSON. What it says on stderr is shown. */
export class LineProcess {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env })
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  async ask<T>(line: string): Promise<T> {
    this.#process.stdin.write(`${line}\n`)
    return this.answer()
  }

  /** The next line, whatever it answers. */
  async answer<T>(): Promise<T> {
    const next = await this.#lines.next()
    if (next.done) throw new Error(`${this.#process.spawnfile} ended; its message stands above.`)
    return JSON.parse(next.value)
  }

  stop(): void {
    this.#process.stdin.end()
  }
}
