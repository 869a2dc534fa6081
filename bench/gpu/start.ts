import { cpus } from 'node:os'
import { openEngine } from '../../src/engine/index.ts'
import { createModel, resolveModelConfig } from '../../src/model/index.ts'
import { createOptimiser } from '../../src/train/optimisers.ts'
import { trainingStep } from '../../src/train/step.ts'
import { NORMALISATION, picturesOf } from '../works.ts'

export interface StartOptions {
  readonly network: string
  /** Side of the pictures, pixels. */
  readonly size: number
  readonly batch: number
  /** Makes the program another one, unknown to the cache of compiled programs: 0 to 1000. */
  readonly salt: number
}

/** Seconds from the start of this process to the end of the first step of training. */
export async function timeToFirstStep({ network, size, batch, salt }: StartOptions): Promise<object> {
  const engine = await openEngine('xla', { threads: cpus().length, precision: 'bfloat16' })
  const model = createModel(resolveModelConfig({ architecture: network, inputSize: [size, size, 3] }))
  const optimiser = createOptimiser({ name: 'sgd', momentum: 0.9, weightDecay: 1e-3 })
  const labelSmoothing = salt * 1e-6
  const step = trainingStep({
    model,
    optimiser,
    normalisation: NORMALISATION,
    labelSmoothing,
    batchSize: batch,
  })
  const program = await engine.compile(step.fn, step.inputs)
  const { parameters, statistics } = model.initialise(1)
  const slots = parameters.map((one) => ({ ...one, data: new Float32Array(one.data.length) }))
  const { classes } = model.config
  const outputs = await program.run([
    ...[...parameters, ...slots, ...statistics],
    { shape: [batch, size, size, 3], dtype: 'uint8', data: picturesOf(batch, size) },
    { shape: [batch, classes], dtype: 'uint8', data: new Uint8Array(batch * classes).fill(1) },
    { shape: [batch], dtype: 'float32', data: new Float32Array(batch).fill(1) },
    ...optimiser.scalars(0.01, 1).map((value) => ({
      shape: [],
      dtype: 'float32' as const,
      data: Float32Array.of(value),
    })),
  ])
  await outputs.at(-1)!.read()
  const seconds = (Date.now() - performance.timeOrigin) / 1000
  for (const output of outputs) output.dispose()
  await engine.dispose()
  return { seconds }
}
