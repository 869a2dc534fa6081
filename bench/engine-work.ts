import { type DeviceBuffer, type Engine, type HostTensor, openEngine } from '../src/engine/index.ts'
import { encodeSafetensors } from '../src/io/safetensors.ts'
import { createModel, type Model, resolveModelConfig } from '../src/model/index.ts'
import { createOptimiser } from '../src/train/optimisers.ts'
import { inferenceProgram } from '../src/train/programs.ts'
import { trainingStep } from '../src/train/step.ts'
import { firstState, oneBatch } from '../src/train/training-tensors.ts'
import { NORMALISATION, picturesOf, type Work } from './works.ts'

/** A piece of work, compiled, ready to be repeated. */
export interface ReadyWork {
  once(): Promise<void>
  dispose(): Promise<void>
}

export interface ReadyTraining extends ReadyWork {
  /** So many steps, each launched before the last one's loss is read, as `train` does on an accelerator. */
  steps(count: number): Promise<void>
}

const WARM_UP = 2

/** Compiles a piece of work for its engine and warms it up. */
export async function prepareWork(work: Work, threads: number): Promise<ReadyWork> {
  const purpose = work.training ? 'training' : 'inference'
  const engine = await openEngine(work.engine, { purpose, threads, precision: work.precision })
  const ready = work.training ? await prepareTraining(work, engine) : await prepareInference(work, engine)
  for (let run = 0; run < WARM_UP; run++) await ready.once()
  return ready
}

function modelOf(network: string, size: number): Model {
  return createModel(resolveModelConfig({ architecture: network, inputSize: [size, size, 3] }))
}

function picturesTensor(count: number, size: number): HostTensor {
  return { shape: [count, size, size, 3], dtype: 'uint8', data: picturesOf(count, size) }
}

type TrainingWork = Pick<Work, 'network' | 'size' | 'batch'>

/** A step of training with the optimiser of the recipes that the peers have, too. */
export function stepOf({ network, size, batch }: TrainingWork, labelSmoothing = 0) {
  const model = modelOf(network, size)
  const optimiser = createOptimiser({ name: 'sgd', momentum: 0.9, weightDecay: 1e-3 })
  const definition = trainingStep({
    model,
    optimiser,
    normalisation: NORMALISATION,
    labelSmoothing,
    batchSize: batch,
  })
  return { model, optimiser, definition }
}

/**
 * Compiles a step of training and puts its state and one batch on the device.
 *
 * @param labelSmoothing another value makes another program
 */
export async function prepareTraining(
  work: TrainingWork,
  engine: Engine,
  labelSmoothing = 0,
): Promise<ReadyTraining> {
  const { size, batch } = work
  const { model, optimiser, definition } = stepOf(work, labelSmoothing)
  const program = await engine.compile(definition.fn, definition.inputs)
  const upload = (tensors: readonly HostTensor[]) => Promise.all(tensors.map((one) => engine.upload(one)))
  let state: DeviceBuffer[] = await upload(firstState(model))
  const batchInputs = await upload(oneBatch(model, optimiser, picturesTensor(batch, size)))
  const launch = async () => {
    const outputs = await program.run([...state, ...batchInputs])
    const figures = outputs.splice(state.length)
    const before = state
    state = outputs
    return { figures, before }
  }
  const settle = async ({ figures, before }: Awaited<ReturnType<typeof launch>>) => {
    await figures[0]!.read()
    for (const buffer of [...figures, ...before]) buffer.dispose()
  }
  return {
    once: async () => settle(await launch()),
    async steps(count) {
      let last = await launch()
      for (let step = 1; step < count; step++) {
        const next = await launch()
        await settle(last)
        last = next
      }
      await settle(last)
    },
    async dispose() {
      for (const buffer of [...state, ...batchInputs]) buffer.dispose()
      program.dispose()
      await engine.dispose()
    },
  }
}

async function prepareInference({ network, size, batch }: Work, engine: Engine): Promise<ReadyWork> {
  const infer = await compileInference(modelOf(network, size), engine, batch)
  const pictures = picturesTensor(batch, size)
  return {
    async once() {
      await infer.logits(pictures)
    },
    async dispose() {
      infer.dispose()
      await engine.dispose()
    },
  }
}

async function compileInference(model: Model, engine: Engine, batch: number) {
  const { parameters, statistics } = model.initialise(1)
  const { fn, inputs } = inferenceProgram(model, NORMALISATION, batch)
  const constants = new Map([...parameters, ...statistics].entries())
  const program = await engine.compile(fn, inputs, { constants })
  return {
    async logits(pictures: HostTensor) {
      const [output] = await program.run([pictures])
      const { data } = await output!.read()
      output!.dispose()
      return data as Float32Array
    },
    dispose: () => program.dispose(),
  }
}

/** First weights of a network as a file for the peer, and the logits that an engine gets with them. */
export async function referenceLogits(network: string, size: number, count: number, threads: number) {
  const model = modelOf(network, size)
  const { parameters, statistics } = model.initialise(1)
  const names = [...model.parameters, ...model.statistics].map(({ name }) => name)
  const tensors = [...parameters, ...statistics].map(
    ({ shape, data }, at) => [names[at]!, { dtype: 'F32', shape, data: data as Float32Array }] as const,
  )
  const engine = await openEngine('onnx', { purpose: 'inference', threads })
  const infer = await compileInference(model, engine, count)
  const logits = await infer.logits(picturesTensor(count, size))
  infer.dispose()
  await engine.dispose()
  return { weights: encodeSafetensors(new Map(tensors), {}), logits }
}
