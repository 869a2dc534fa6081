import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { MEMORY_SETTINGS } from '../src/engine/xla/memory-settings.ts'

export const LAYOUTS = ['nchw', 'channels-last'] as const
export type Layout = (typeof LAYOUTS)[number]

/** Work that peers/bench_torch.py does not have by name. */
export interface DescribedWork {
  readonly network: string
  /** Side of the pictures, pixels. */
  readonly size: number
  readonly batch: number
  readonly training: boolean
  readonly device: 'cpu' | 'cuda'
  readonly precision: 'float32' | 'bfloat16'
  /** By torch.compile. */
  readonly compiled: boolean
}

/** PyTorch in a process of its own (peers/bench_torch.py --serve), asked one thing at a time. */
export class TorchPeer {
  readonly version: string
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    version: string,
  ) {
    this.#process = child
    this.#lines = lines
    this.version = version
  }

  /**
   * Starts the peer; undefined where there is no Python (`PUREGALAXY_PYTHON`, else `python3`) or it has no torch.
   *
   * @param keepsMemory whether it too gets the memory settings that the command line gives to XLA's CPU plugin
   */
  static async start(threads: number, keepsMemory = false): Promise<TorchPeer | undefined> {
    const python = process.env.PUREGALAXY_PYTHON ?? 'python3'
    if (spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status !== 0) return undefined
    const child = spawn(python, ['bench/peers/bench_torch.py', '--serve', '--threads', String(threads)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...without(process.env, Object.keys(MEMORY_SETTINGS)), ...(keepsMemory ? MEMORY_SETTINGS : {}) },
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const first = await lines.next()
    if (first.done) throw new Error('The PyTorch peer did not start; its message stands above.')
    return new TorchPeer(child, lines, JSON.parse(first.value).torch)
  }

  /** Seconds of each repetition of a piece of work, by name or described. */
  async measure(work: string | DescribedWork, layout: Layout, seconds: number): Promise<number[]> {
    return (await this.#ask<{ seconds: number[] }>({ work, layout, seconds })).seconds
  }

  /** Logits of seeded pictures with the weights of a file. */
  async logits(weights: string, network: string, size: number, count: number): Promise<number[]> {
    return (await this.#ask<{ logits: number[] }>({ weights, network, size, count })).logits
  }

  stop(): void {
    this.#process.stdin.end()
  }

  async #ask<Answer>(request: object): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`)
    const { done, value } = await this.#lines.next()
    if (done) throw new Error('The PyTorch peer ended; its message stands above.')
    return JSON.parse(value) as Answer
  }
}

function without(env: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))
}
