import { openEngine } from '../engine/index.ts'
import type { DeviceBuffer, Engine, HostTensor, Program } from '../engine/types.ts'
import type { ImageDataset } from '../io/types.ts'
import { averageStatistics, createModel, type Model } from '../model/index.ts'
import { type Batch, type BatchSource, recalibrationBatches, stepsPerEpoch } from './batches.ts'
import { disposeAll, hostScalar, runToHost, takeAll } from './engine-run.ts'
import { openFeed } from './open-feed.ts'
import { createOptimiser, type Optimiser } from './optimisers.ts'
import type { ProductUnitHealth } from './options.ts'
import type { PictureFeed } from './picture-feed.ts'
import { inferenceProgram, type ProgramSource, statisticsProgram } from './programs.ts'
import type { RunRows } from './rows.ts'
import type { RunConfig } from './run-config.ts'
import { type TrainingStep, trainingStep } from './step.ts'
import { classWeights, targetMasks } from './targets.ts'
import { summariseHealth, unitNames } from './unit-figures.ts'

/** What a step tells of itself. */
export interface StepOutcome {
  readonly loss: number
  /** Predictions that the labels admit. */
  readonly hits: number
  readonly gradientNorm: number
  /** Whether loss and gradient are finite: else the step is not taken. */
  readonly finite: boolean
}

/** Statistics averaged over training batches, for use in inference, and how the product units fare. */
export interface Recalibration {
  readonly statistics: HostTensor[]
  readonly health: ProductUnitHealth[]
}

/** An opened run: its data, its engine, its compiled programs and the state that training changes. */
export class TrainingSession {
  readonly config: RunConfig
  readonly dataset: ImageDataset
  readonly rows: RunRows
  readonly model: Model
  readonly optimiser: Optimiser
  readonly definition: TrainingStep
  readonly batches: BatchSource
  readonly engine: Engine
  /** What the last step launched leaves, or will leave. */
  #state: DeviceBuffer[]
  #launched: { readonly before: DeviceBuffer[]; readonly figures: readonly DeviceBuffer[] }[] = []
  readonly #step: Program
  readonly #statistics: Program
  readonly #inference: Program

  private constructor(parts: SessionParts, state: DeviceBuffer[], programs: readonly Program[]) {
    this.config = parts.config
    this.dataset = parts.dataset
    this.rows = parts.rows
    this.model = parts.model
    this.optimiser = parts.optimiser
    this.definition = parts.definition
    this.engine = parts.engine
    this.batches = parts.batches
    this.#state = state
    ;[this.#step, this.#statistics, this.#inference] = programs as [Program, Program, Program]
  }

  /**
   * Opens the engine that the configuration names and compiles the programs; releases both when it fails.
   *
   * @param state as a checkpoint holds it; undefined: first weights from the run's seed
   * @param onCompiled called with the programs compiled and all there are: on accelerators one takes up to minutes
   */
  static async open(
    config: RunConfig,
    dataset: ImageDataset,
    rows: RunRows,
    state: readonly HostTensor[] | undefined,
    { signal, onCompiled }: SessionHooks = {},
  ): Promise<TrainingSession> {
    const { recipe, normalisation, seed } = config
    const model = createModel(config.model)
    const optimiser = createOptimiser(recipe.optimiser)
    const { batchSize, labelSmoothing } = recipe
    const definition = trainingStep({ model, optimiser, normalisation, labelSmoothing, batchSize })
    const parameters = model.parameters.length
    // Each with the number of its first inputs that are the state.
    const sources: readonly (readonly [ProgramSource, number])[] = [
      [definition, definition.stateSpecs.length],
      [statisticsProgram(model, normalisation, batchSize), parameters],
      [inferenceProgram(model, normalisation, batchSize), parameters + model.statistics.length],
    ]
    const { name, threads, precision, deviceCount } = config.engine
    const engine = await openEngine(name, {
      purpose: 'training',
      threads,
      precision,
      devices: deviceCount,
    })
    const opened: Program[] = []
    const buffers: DeviceBuffer[] = []
    let feed: PictureFeed | undefined
    try {
      for (const [{ fn, inputs }, stateCount] of sources) {
        signal?.throwIfAborted()
        onCompiled?.(opened.length, sources.length)
        // Behind the state come pictures, and in the step their masks and weights: what devices share.
        const split = [0, 1, 2]
          .map((at) => stateCount + at)
          .filter((at) => (inputs[at]?.shape.length ?? 0) > 0)
        opened.push(await engine.compile(fn, inputs, { split }))
      }
      signal?.throwIfAborted()
      onCompiled?.(opened.length, sources.length)
      const start = state ?? firstState(model, definition, seed)
      for (const tensor of start) buffers.push(await engine.upload(tensor))
      feed = await openFeed(engine, config, dataset, rows.train, signal)
      const batches: BatchSource = {
        dataset,
        indices: rows.train,
        batchSize,
        seed,
        classWeights: classWeights(
          targetMasks(dataset, rows.train),
          config.model.classes,
          recipe.classWeights,
        ),
        feed,
      }
      return new TrainingSession(
        { config, dataset, rows, model, optimiser, definition, batches, engine },
        buffers,
        opened,
      )
    } catch (error) {
      await feed?.dispose()
      disposeAll(buffers)
      for (const program of opened) program.dispose()
      await engine.dispose()
      throw error
    }
  }

  get stepsPerEpoch(): number {
    return stepsPerEpoch(this.batches)
  }

  /**
   * Steps that may be launched before the outcome of an earlier one is known: on an accelerator one, so that it never
   * waits for the host; elsewhere that would only take memory, for one state more.
   */
  get stepsAhead(): number {
    return this.engine.freeDeviceBytes === undefined ? 0 : 1
  }

  /**
   * Launches a step of the optimiser, from the state that the last one launched leaves.
   * @param number from 1: counts the optimiser's steps over the whole run
   */
  async launch({ pictures, masks, weights }: Batch, learningRate: number, number: number): Promise<void> {
    const { batchSize } = this.config.recipe
    const outputs = await this.#step.run([
      ...this.#state,
      pictures,
      { shape: [batchSize, this.config.model.classes], dtype: 'uint8', data: masks },
      { shape: [batchSize], dtype: 'float32', data: weights },
      ...this.optimiser.scalars(learningRate, number).map(hostScalar),
    ])
    const figures = outputs.splice(this.#state.length)
    this.#launched.push({ before: this.#state, figures })
    this.#state = outputs
  }

  /** Steps launched whose outcome was not asked for. */
  get unsettled(): number {
    return this.#launched.length
  }

  /**
   * Waits for the earliest of them. When it is not finite the state is again what it was before it, and what was
   * launched since is dropped.
   */
  async settle(): Promise<StepOutcome> {
    const { before, figures } = this.#launched[0]!
    const [loss, hits, gradientNorm, finite] = await Promise.all(
      figures.map(async (figure) => (await figure.read()).data[0]!),
    )
    const taken = finite === 1
    if (taken) {
      this.#launched.shift()
      disposeAll([...figures, ...before])
    } else {
      const dropped = this.#launched.splice(0)
      disposeAll([...this.#state, ...dropped.slice(1).flatMap((later) => later.before)])
      disposeAll(dropped.flatMap((each) => each.figures))
      this.#state = before
    }
    return { loss: loss!, hits: hits!, gradientNorm: gradientNorm!, finite: taken }
  }

  /** Averages batch statistics over training batches, with the parameters as they are now. */
  async recalibrate(
    epoch: number,
    onBatch: (done: number, total: number) => void,
    signal?: AbortSignal,
  ): Promise<Recalibration> {
    const total = Math.min(this.config.recalibrationBatches, this.stepsPerEpoch)
    const count = this.model.statistics.length
    const statistics: HostTensor[][] = []
    const health: HostTensor[] = []
    const take = (outputs: HostTensor[]) => {
      statistics.push(outputs.slice(0, count))
      health.push(...outputs.slice(count))
      onBatch(statistics.length, total)
    }
    // The next batch is under way while one is read. A batch is given up when its run has been launched, and no sooner.
    let last: Promise<HostTensor[]> | undefined
    for await (const { pictures } of recalibrationBatches(this.batches, epoch, total)) {
      signal?.throwIfAborted()
      const next = takeAll(await this.#statistics.run([...this.parameters, pictures]))
      // Whoever waits for it sees the error; until then it must not count as unhandled.
      next.catch(() => undefined)
      if (last) take(await last)
      last = next
    }
    if (last) take(await last)
    // The variances are unbiased already: as of single values, they are left as they are.
    const averaged = averageStatistics(
      statistics,
      statistics[0]!.map(() => 1),
    )
    const { exponentClip, secondLayer } = this.model.config
    const has = { exponents: secondLayer === 'product', clip: exponentClip !== null }
    return { statistics: averaged, health: summariseHealth(unitNames(this.model.parameters), health, has) }
  }

  /** Logits of a batch of pictures (of the batch size) in inference mode with given statistics. */
  async logits(pictures: Uint8Array, statistics: readonly HostTensor[]): Promise<Float32Array> {
    const [logits] = await runToHost(this.#inference, [
      ...this.parameters,
      ...statistics,
      {
        shape: [this.config.recipe.batchSize, ...this.config.model.inputSize],
        dtype: 'uint8',
        data: pictures,
      },
    ])
    return logits!.data as Float32Array
  }

  /** Copies the whole state to the host, in the order of `definition.stateSpecs`. */
  readState(): Promise<HostTensor[]> {
    return Promise.all(this.#state.map((buffer) => buffer.read()))
  }

  get parameters(): readonly DeviceBuffer[] {
    return this.#state.slice(0, this.model.parameters.length)
  }

  async dispose(): Promise<void> {
    disposeAll(this.#state)
    for (const { before, figures } of this.#launched.splice(0)) disposeAll([...before, ...figures])
    await this.batches.feed.dispose()
    for (const program of [this.#step, this.#statistics, this.#inference]) program.dispose()
    await this.engine.dispose()
  }
}

interface SessionHooks {
  readonly signal?: AbortSignal | undefined
  readonly onCompiled?: ((done: number, total: number) => void) | undefined
}

interface SessionParts {
  readonly config: RunConfig
  readonly dataset: ImageDataset
  readonly rows: RunRows
  readonly model: Model
  readonly optimiser: Optimiser
  readonly definition: TrainingStep
  readonly batches: BatchSource
  readonly engine: Engine
}

/** First weights and statistics; what the optimiser keeps begins with zeros. */
function firstState(model: Model, { stateSpecs }: TrainingStep, seed: number): HostTensor[] {
  const { parameters, statistics } = model.initialise(seed)
  const slots = stateSpecs.slice(parameters.length, stateSpecs.length - statistics.length)
  const zeros = slots.map(({ shape }): HostTensor => {
    const size = shape.reduce((product, side) => product * side, 1)
    return { shape, dtype: 'float32', data: new Float32Array(size) }
  })
  return [...parameters, ...zeros, ...statistics]
}
