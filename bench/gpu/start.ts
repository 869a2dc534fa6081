import { cpus } from 'node:os'
import { openEngine } from '../../src/engine/index.ts'
import { prepareTraining } from '../engine-work.ts'

export interface StartOptions {
  readonly network: string
  /** Side of the pictures, pixels. */
  readonly size: number
  readonly batch: number
  /** Makes the program another one, unknown to the cache of compiled programs: 0 to 1000. */
  readonly salt: number
}

/** Seconds from the start of this process to the end of the first step of training. */
export async function timeToFirstStep({ salt, ...work }: StartOptions): Promise<object> {
  const engine = await openEngine('xla', { threads: cpus().length, precision: 'bfloat16' })
  const step = await prepareTraining(work, engine, salt * 1e-6)
  await step.once()
  const seconds = (Date.now() - performance.timeOrigin) / 1000
  await step.dispose()
  return { seconds }
}
