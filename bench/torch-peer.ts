import { spawnSync } from 'node:child_process'
import { MEMORY_SETTINGS } from '../src/engine/xla/memory-settings.ts'
import { LineProcess } from './line-process.ts'

export const LAYOUTS = ['nchw', 'channels-last'] as const
export type Layout = (typeof LAYOUTS)[number]

/** Work that peers/bench_torch.py does not have by name. */
export interface DescribedWork {
  readonly network: string
  /** Side of the pictures, pixels. */
  readonly size: number
  readonly batch: number
  readonly training: boolean
  /** Of training, as one repetition: their losses are read at its end. */
  readonly steps: number
  readonly device: 'cpu' | 'cuda'
  readonly precision: 'float32' | 'bfloat16'
  /** By torch.compile. */
  readonly compiled: boolean
}

/** PyTorch in a process of its own (peers/bench_torch.py --serve), asked one thing at a time. */
export class TorchPeer {
  readonly version: string
  readonly #process: LineProcess

  private constructor(process: LineProcess, version: string) {
    this.#process = process
    this.version = version
  }

  /**
   * Starts the peer; undefined where there is no Python (`PUREGALAXY_PYTHON`, else `python3`) or it has no torch.
   *
   * @param keepsMemory whether it gets the memory settings that the command line gives to XLA's CPU plugin
   */
  static async start(threads: number, keepsMemory = false): Promise<TorchPeer | undefined> {
    const python = process.env.PUREGALAXY_PYTHON ?? 'python3'
    if (spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status !== 0) return undefined
    const args = ['bench/peers/bench_torch.py', '--serve', '--threads', String(threads)]
    const peer = new LineProcess(python, args, { ...process.env, ...(keepsMemory ? MEMORY_SETTINGS : {}) })
    const { torch } = await peer.answer<{ torch: string }>()
    return new TorchPeer(peer, torch)
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
    this.#process.stop()
  }

  #ask<Answer>(request: object): Promise<Answer> {
    return this.#process.ask(JSON.stringify(request))
  }
}
