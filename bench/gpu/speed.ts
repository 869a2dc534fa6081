import { cpus } from 'node:os'
import type { Precision } from '../../src/engine/index.ts'
import { prepareWork } from '../engine-work.ts'
import { repeatFor, type Summary, summarise } from '../statistics.ts'
import { TorchPeer } from '../torch-peer.ts'

export interface SpeedOptions {
  readonly network: string
  /** Side of the pictures, pixels. */
  readonly size: number
  readonly batch: number
  readonly rounds: number
  /** For each contender in each round. */
  readonly seconds: number
  /** Where PyTorch computes. */
  readonly device: 'cpu' | 'cuda'
  /** Leaves out contenders whose name does not end with it; empty: none. */
  readonly only: string
}

/** Contenders of the same work; the first is what the ratios are of. */
const OURS: readonly Precision[] = ['bfloat16', 'tensorfloat32', 'float32']
const TORCH = [
  { name: 'PyTorch eager, bfloat16', precision: 'bfloat16', compiled: false },
  { name: 'PyTorch torch.compile, bfloat16', precision: 'bfloat16', compiled: true },
  // As PyTorch comes: convolutions in TensorFloat-32.
  { name: 'PyTorch eager, float32', precision: 'float32', compiled: false },
] as const

interface Contender {
  readonly name: string
  measure(): Promise<number[]>
}

/** Training steps of `xla` and PyTorch (channels-last), by turns, pictures on the device: images per second. */
export async function trainingSpeed(options: SpeedOptions): Promise<object> {
  const { network, size, batch, rounds, seconds, device, only } = options
  const contenders: Contender[] = OURS.map((precision) => ({
    name: `xla, ${precision}`,
    async measure() {
      const work = {
        name: '',
        peer: '',
        title: '',
        engine: 'xla',
        network,
        size,
        batch,
        floor: null,
      } as const
      const ready = await prepareWork({ ...work, training: true, precision }, cpus().length)
      const times = await repeatFor(seconds, ready.once)
      await ready.dispose()
      return times
    },
  }))
  const peer = await TorchPeer.start(cpus().length)
  if (peer !== undefined) {
    for (const { name, precision, compiled } of TORCH) {
      const work = { network, size, batch, training: true, device, precision, compiled }
      contenders.push({ name, measure: () => peer.measure(work, 'channels-last', seconds) })
    }
  }
  const rates = new Map<string, number[]>()
  const failures: Record<string, string> = {}
  for (let round = 0; round < rounds; round++) {
    for (const { name, measure } of contenders) {
      if (name in failures || !name.endsWith(only)) continue
      process.stderr.write(`round ${round + 1} of ${rounds}: ${name}\n`)
      try {
        const times = await measure()
        rates.set(name, [...(rates.get(name) ?? []), ...times.map((time) => batch / time)])
      } catch (error) {
        failures[name] = String(error)
      }
    }
  }
  peer?.stop()
  const imagesPerSecond: Record<string, Summary> = Object.fromEntries(
    [...rates].map(([name, all]) => [name, summarise(all)]),
  )
  return { ...options, torch: peer?.version ?? null, imagesPerSecond, failures }
}
