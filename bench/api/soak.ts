import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { LineProcess } from '../line-process.ts'
import { summarise } from '../statistics.ts'
import type { LoadResult } from './load-order.ts'
import { startServed } from './served.ts'

/** Memory of a server and of its engine's process under load, MB. */
export interface SoakFigures {
  readonly requests: number
  /** Every five seconds. */
  readonly server: readonly number[]
  readonly engine: readonly number[]
}

/** What the check says of a series. */
export interface Growth {
  /** From the second tenth of the time to the last, MB: the first is warm-up. */
  readonly whole: number
  /** From the third quarter to the last. */
  readonly late: number
  readonly passed: boolean
}

/** Seconds between looks at the memory. */
const INTERVAL = 5

/** MB that a process may grow by after its warm-up, and in the last quarter, where it is to be flat. */
const MOST_GROWTH = 100
const MOST_LATE_GROWTH = 25

const CONCURRENCY = 16

/** Loads a server with the model that ships for so long, and watches its memory. */
export async function soak(
  pictures: readonly string[],
  { folder, minutes, leak }: { readonly folder: string; readonly minutes: number; readonly leak: boolean },
): Promise<SoakFigures> {
  const script = (name: string) => join(import.meta.dirname, name)
  const served = await startServed(
    join(folder, 'log'),
    ['--model', 'small'],
    leak ? script('api-leak.js') : undefined,
  )
  const load = new LineProcess(process.execPath, [script('api-load-process.js'), ...pictures], process.env)
  const server: number[] = []
  const engine: number[] = []
  try {
    const { pid } = served.child
    const child = Number(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
    const order = { url: served.url, concurrency: CONCURRENCY, seconds: 60 * minutes }
    let result: LoadResult | undefined
    const ended = load.ask<LoadResult>(JSON.stringify(order)).then((given) => {
      result = given
    })
    while (result === undefined) {
      server.push(await residentMemory(pid!))
      engine.push(await residentMemory(child))
      await Promise.race([pause(1000 * INTERVAL), ended])
    }
    const others = Object.entries(result.others)
    if (others.length > 0) throw new Error(`requests ended otherwise: ${JSON.stringify(others)}`)
    return { requests: result.answered.length, server, engine }
  } finally {
    load.stop()
    await served.stop()
  }
}

/** Whether memory grew, and is flat at the end. */
export function growthOf(series: readonly number[]): Growth {
  const part = (from: number, to: number) =>
    summarise(series.slice(Math.floor(from * series.length), Math.ceil(to * series.length))).median
  const whole = part(0.9, 1) - part(0.1, 0.2)
  const late = part(0.75, 1) - part(0.5, 0.75)
  return { whole, late, passed: whole < MOST_GROWTH && late < MOST_LATE_GROWTH }
}

/** MB of a process that lie in memory, as Linux has them. */
async function residentMemory(pid: number): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))!
  return Number(kilobytes) / 1000
}
