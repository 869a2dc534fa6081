import {
  type DeviceBuffer,
  type Engine,
  type EngineName,
  type HostTensor,
  openEngine,
} from '../engine/index.ts'
import { createModel, type Model, type ModelConfig } from '../model/index.ts'
import { createOptimiser } from './optimisers.ts'
import { inferenceProgram } from './programs.ts'
import { trainingStep } from './step.ts'
import { firstState, oneBatch } from './training-tensors.ts'

/** How quick a piece of work is on an engine. */
export interface Measurement {
  /** Median time of one batch. */
  readonly seconds: number
  readonly imagesPerSecond: number
  /** Tracing, lowering, compiling and the first run. */
  readonly preparation: number
  readonly runs: number
}

export interface MeasureOptions {
  readonly config: ModelConfig
  readonly batchSize: number
  readonly threads?: number | undefined
  readonly signal: AbortSignal
}

/** Long enough for a median, short enough to wait for. */
const SECONDS = 2
const RUNS = { least: 3, most: 200 }

const NORMALISATION = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const

/** Measures training steps (SGD with momentum, data from the host) or inference (raw scores back to the host). */
export async function measureEngine(
  name: EngineName,
  purpose: 'training' | 'inference',
  options: MeasureOptions,
): Promise<Measurement> {
  const { batchSize, threads, signal } = options
  const engine = await openEngine(name, { purpose, ...(threads === undefined ? {} : { threads }) })
  try {
    const started = performance.now()
    const model = createModel(options.config)
    const work = await (purpose === 'training' ? trainingWork : inferenceWork)(engine, model, batchSize)
    await work.once()
    const preparation = (performance.now() - started) / 1000
    const times = await repeat(work.once, signal)
    work.dispose()
    const seconds = times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!
    return { seconds, imagesPerSecond: batchSize / seconds, preparation, runs: times.length }
  } finally {
    await engine.dispose()
  }
}

async function repeat(once: () => Promise<void>, signal: AbortSignal): Promise<number[]> {
  const times: number[] = []
  for (let total = 0; times.length < RUNS.least || (total < SECONDS && times.length < RUNS.most); ) {
    signal.throwIfAborted()
    const started = performance.now()
    await once()
    const seconds = (performance.now() - started) / 1000
    times.push(seconds)
    total += seconds
  }
  return times
}

interface EngineWork {
  /** One batch, until its result is on the host. */
  once(): Promise<void>
  dispose(): void
}

async function trainingWork(engine: Engine, model: Model, batchSize: number): Promise<EngineWork> {
  const optimiser = createOptimiser({ name: 'sgd', momentum: 0.9, weightDecay: 1e-4 })
  const definition = { model, optimiser, normalisation: NORMALISATION, labelSmoothing: 0, batchSize }
  const { fn, inputs } = trainingStep(definition)
  const program = await engine.compile(fn, inputs)
  let state: DeviceBuffer[] = []
  for (const tensor of firstState(model)) state.push(await engine.upload(tensor))
  const batch = oneBatch(model, optimiser, pictures(model.config, batchSize))
  return {
    async once() {
      const outputs = await program.run([...state, ...batch])
      const figures = outputs.splice(state.length)
      await figures[0]!.read()
      for (const buffer of [...figures, ...state]) buffer.dispose()
      state = outputs
    },
    dispose() {
      for (const buffer of state) buffer.dispose()
      program.dispose()
    },
  }
}

async function inferenceWork(engine: Engine, model: Model, batchSize: number): Promise<EngineWork> {
  const { fn, inputs } = inferenceProgram(model, NORMALISATION, batchSize)
  const { parameters, statistics } = model.initialise(1)
  const constants = new Map([...parameters, ...statistics].entries())
  const program = await engine.compile(fn, inputs, { constants })
  const images = pictures(model.config, batchSize)
  return {
    async once() {
      const [scores] = await program.run([images])
      await scores!.read()
      scores!.dispose()
    },
    dispose: () => program.dispose(),
  }
}

/** Noise: byte i is the upper byte of (i + 1) · 2654435761 mod 2³². */
function pictures({ inputSize: [height, width] }: ModelConfig, count: number): HostTensor {
  const data = Uint8Array.from(
    { length: count * height * width * 3 },
    (_, at) => Math.imul(at + 1, 2654435761) >>> 24,
  )
  return { shape: [count, height, width, 3], dtype: 'uint8', data }
}
