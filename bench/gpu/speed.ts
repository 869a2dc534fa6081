import { cpus } from 'node:os'
import { openEngine, type Precision } from '../../src/engine/index.ts'
import { prepareTraining } from '../engine-work.ts'
import { repeatFor, type Summary, summarise } from '../statistics.ts'
import { TorchPeer } from '../torch-peer.ts'

export interface SpeedOptions {
  readonly network: string
  /** Side of the pictures, pixels. */
  readonly size: number
  readonly batch: number
  /** Steps in a row before the losses are waited for; 1: each is read before the next step. */
  readonly steps: number
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

const WARM_UP = 2

interface Contender {
  readonly name: string
  measure(): Promise<number[]>
}

/** Training steps of `xla` and PyTorch (channels-last), by turns, pictures on the device: images per second. */
export async function trainingSpeed(options: SpeedOptions): Promise<object> {
  const { network, size, batch, steps, rounds, seconds, device, only } = options
  const contenders: Contender[] = OURS.map((precision) => ({
    name: `xla, ${precision}`,
    async measure() {
      const engine = await openEngine('xla', { purpose: 'training', threads: cpus().length, precision })
      const ready = await prepareTraining({ network, size, batch }, engine)
      await ready.steps(WARM_UP)
      const times = await repeatFor(seconds, () => ready.steps(steps))
      await ready.dispose()
      return times
    },
  }))
  const peer = await TorchPeer.start(cpus().length)
  if (peer !== undefined) {
    for (const { name, precision, compiled } of TORCH) {
      const work = { network, size, batch, training: true, steps, device, precision, compiled }
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
        rates.set(name, [...(rates.get(name) ?? []), ...times.map((time) => (batch * steps) / time)])
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
