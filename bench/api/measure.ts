import { dirname, join } from 'node:path'
import { LineProcess } from '../line-process.ts'
import { type Summary, summarise } from '../statistics.ts'
import { answeredPerSecond, type LoadOrder, type LoadResult } from './load-order.ts'
import { measureOverload, type Overload } from './overload.ts'
import { startServed } from './served.ts'
import type { Subject } from './subject.ts'

export interface ApiFigures {
  /** Pictures per second of 32 requests at once, and of the engine and decoder alone; the ratio of each round. */
  readonly throughput: { readonly served: Summary; readonly bare: Summary; readonly ratio: Summary }
  /** Milliseconds of a picture at concurrency 1, and of the engine and decoder alone; the difference of each round's medians. */
  readonly latency: { readonly served: Summary; readonly bare: Summary; readonly difference: Summary }
  /** Twice as many requests as the server can answer. */
  readonly overload: Overload
}

/** Requests in flight where throughput is asked for. */
const CONCURRENCY = 32

/** Seconds of a turn where latency is measured: what else the machine does changes within seconds. */
const LATENCY_TURN = 0.5

/** Measures a server beside the bare engine and decoder, in turns, so that a busy machine is busy for both. */
export async function measureApi(
  subject: Subject,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<ApiFigures> {
  const bare = node('api-bare-process.js', subject.model, ...subject.pictures)
  const load = node('api-load-process.js', ...subject.pictures)
  const server = await startServed(join(dirname(subject.model), 'log'), ['--model', subject.model])
  const sending = (order: Omit<LoadOrder, 'url'>) =>
    load.ask<LoadResult>(JSON.stringify({ url: server.url, ...order }))
  try {
    await sending({ concurrency: CONCURRENCY, seconds: 1 })
    const throughput = { served: [] as number[], bare: [] as number[] }
    const latency = { served: [] as number[][], bare: [] as number[][] }
    for (let round = 0; round < rounds; round++) {
      process.stderr.write(`round ${round + 1} of ${rounds}\n`)
      throughput.bare.push(await bare.ask<number>(`batches ${seconds}`))
      throughput.served.push(answeredPerSecond(await sending({ concurrency: CONCURRENCY, seconds })))
      const [served, alone]: number[][] = [[], []]
      for (let turn = 0; turn < seconds / LATENCY_TURN; turn++) {
        alone!.push(...(await bare.ask<number[]>(`single ${LATENCY_TURN}`)))
        served!.push(...(await sending({ concurrency: 1, seconds: LATENCY_TURN })).answered)
      }
      latency.bare.push(alone!)
      latency.served.push(served!)
    }
    process.stderr.write('overload\n')
    const overload = await measureOverload(server, sending, {
      rounds,
      seconds,
      concurrency: CONCURRENCY,
    })
    return {
      throughput: {
        served: summarise(throughput.served),
        bare: summarise(throughput.bare),
        ratio: summarise(throughput.served.map((rate, round) => rate / throughput.bare[round]!)),
      },
      latency: {
        served: summarise(latency.served.flat()),
        bare: summarise(latency.bare.flat()),
        difference: summarise(
          latency.served.map(
            (times, round) => summarise(times).median - summarise(latency.bare[round]!).median,
          ),
        ),
      },
      overload,
    }
  } finally {
    bare.stop()
    load.stop()
    await server.stop()
  }
}

/** A built script of this folder. */
const node = (script: string, ...args: string[]): LineProcess =>
  new LineProcess(process.execPath, [join(import.meta.dirname, script), ...args], process.env)
