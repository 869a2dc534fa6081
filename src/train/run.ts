import { writeFileAtomic } from '../io/index.ts'
import { encodeSafetensors } from '../io/safetensors.ts'
import { encodeModelFile } from '../model/index.ts'
import { trainingBatches } from './batches.ts'
import { fitTemperature } from './calibration.ts'
import { type RunPosition, writeCheckpoint } from './checkpoint.ts'
import { diagnose } from './diagnose.ts'
import type { EpochSummary, StepSummary, TrainHooks, TrainProgress, TrainResult } from './options.ts'
import { trainingReport } from './report.ts'
import type { RunFiles } from './run-files.ts'
import { appendMetrics, type MetricsLine, readMetrics } from './run-folder.ts'
import { learningRateAt } from './schedule.ts'
import type { Recalibration, TrainingSession } from './session.ts'
import { isBetter, summariseValidation, type ValidationLogits, validationLogits } from './validate.ts'

/** Lines of kind `step` that an epoch leaves in metrics.ndjson, at most. */
const STEP_LINES = 50

/**
 * Goes through the epochs that are left of a run, from its position, and writes its folder as it goes.
 *
 * What is on disk is consistent at any moment: lines of metrics come before the checkpoint that covers them, and a
 * resumed run takes back the lines that no checkpoint covers.
 */
export class TrainingRun {
  readonly #session: TrainingSession
  readonly #position: RunPosition
  readonly #files: RunFiles
  /** Of the time of the last epoch's steps. */
  #waitingShare = 0
  readonly #folder: string
  readonly #hooks: TrainHooks
  /** Lines that wait for the next checkpoint or the end of the epoch. */
  #pending: MetricsLine[] = []
  #started = performance.now()
  readonly #startSeconds: number
  readonly #startStep: number
  #lastCheckpoint = performance.now()

  constructor(
    session: TrainingSession,
    position: RunPosition,
    folder: string,
    files: RunFiles,
    hooks: TrainHooks,
  ) {
    this.#session = session
    this.#position = position
    this.#folder = folder
    this.#files = files
    this.#hooks = hooks
    this.#startSeconds = position.seconds
    this.#startStep = position.step
  }

  /**
   * @throws PureGalaxyError `train.not-finite`, after the last good state was written; `io.…` when the disk refuses
   */
  async finish(): Promise<TrainResult> {
    const { epochs } = this.#session.config.recipe
    const position = this.#position
    try {
      while (position.epochs < epochs) {
        await this.#trainEpoch()
        await this.#closeEpoch()
      }
    } catch (error) {
      const { signal } = this.#hooks
      if (!signal?.aborted || error !== signal.reason) throw error
      await this.#checkpoint()
      return this.#result('interrupted')
    }
    return this.#result('finished')
  }

  async #trainEpoch(): Promise<void> {
    const session = this.#session
    const position = this.#position
    const { stepsPerEpoch } = session
    const { recipe, checkpointMinutes } = session.config
    const first = position.epochs * stepsPerEpoch
    // A step can take minutes: whoever watches sees that it has begun.
    this.#report('train', position.step - first, stepsPerEpoch)
    const start = performance.now()
    let asked = start
    let waited = 0
    for await (const batch of trainingBatches(session.batches, position.epochs, position.step - first)) {
      waited += performance.now() - asked
      this.#hooks.signal?.throwIfAborted()
      const before = position.step + session.unsettled
      await session.launch(batch, learningRateAt(before, { ...recipe, stepsPerEpoch }), before + 1)
      if (session.unsettled > session.stepsAhead) await this.#settle()
      if (performance.now() - this.#lastCheckpoint > checkpointMinutes * 60_000) await this.#checkpoint()
      asked = performance.now()
    }
    await this.#settleAll()
    this.#waitingShare = waited / Math.max(1, performance.now() - start)
  }

  /** Takes note of what the earliest step launched has come to. */
  async #settle(): Promise<void> {
    const session = this.#session
    const position = this.#position
    const { stepsPerEpoch, config } = session
    const first = position.epochs * stepsPerEpoch
    const { loss, hits, gradientNorm, finite } = await session.settle()
    const number = position.step + 1
    if (!finite) {
      await this.#checkpoint()
      const where = `epoch ${position.epochs + 1}, step ${number}`
      for await (const batch of trainingBatches(session.batches, position.epochs, position.step - first))
        throw await diagnose(session, batch, where, loss, this.#folder)
    }
    position.step = number
    position.epochLoss += loss
    position.epochHits += hits
    if (number % Math.max(1, Math.ceil(stepsPerEpoch / STEP_LINES)) === 0) {
      const line: StepSummary = {
        kind: 'step',
        epoch: position.epochs + 1,
        step: number,
        learningRate: learningRateAt(number - 1, { ...config.recipe, stepsPerEpoch }),
        loss,
        gradientNorm,
      }
      this.#pending.push(line)
    }
    this.#report('train', number - first, stepsPerEpoch)
  }

  async #settleAll(): Promise<void> {
    while (this.#session.unsettled > 0) await this.#settle()
  }

  /** Recalibrates, validates, keeps the model if it is the best, logs the epoch and writes the checkpoint. */
  async #closeEpoch(): Promise<void> {
    const session = this.#session
    const position = this.#position
    const { signal } = this.#hooks
    const { stepsPerEpoch, rows, config } = session
    const recalibration = await session.recalibrate(
      position.epochs,
      (done, total) => this.#report('recalibrate', done, total),
      signal,
    )
    const logits =
      rows.val.length === 0
        ? null
        : await validationLogits(
            session,
            recalibration.statistics,
            (done, total) => this.#report('validate', done, total),
            signal,
          )
    const validation = logits === null ? null : summariseValidation(logits)
    const best = isBetter(validation, position.best?.validation)
    if (best) await this.#writeBest(recalibration, logits)

    const pictures = stepsPerEpoch * config.recipe.batchSize
    const summary: EpochSummary = {
      kind: 'epoch',
      epoch: position.epochs + 1,
      step: position.step,
      learningRate: learningRateAt(position.step - 1, { ...config.recipe, stepsPerEpoch }),
      trainLoss: position.epochLoss / stepsPerEpoch,
      trainAccuracy: position.epochHits / pictures,
      validation,
      best,
      seconds: this.#seconds(),
      imagesPerSecond: this.#imagesPerSecond(),
      waitingShare: this.#waitingShare,
      health: recalibration.health,
    }
    this.#pending.push(summary)
    position.epochs++
    position.epochLoss = 0
    position.epochHits = 0
    position.validation = validation
    if (best) position.best = { epoch: position.epochs, validation }
    await this.#checkpoint()
    await writeFileAtomic(this.#files.report, trainingReport(config, await readMetrics(this.#files.metrics)))
    this.#report('validate', rows.val.length, rows.val.length, summary)
  }

  /** The model of this epoch with recalibrated statistics and, where there are validation pictures, a temperature. */
  async #writeBest({ statistics }: Recalibration, logits: ValidationLogits | null): Promise<void> {
    const { config, model, rows } = this.#session
    const state = await this.#session.readState()
    const epoch = this.#position.epochs + 1
    const { tensors, metadata } = encodeModelFile({
      config: config.model,
      parameters: state.slice(0, model.parameters.length),
      statistics,
      metadata: {
        classes: config.data.classes,
        normalisation: config.normalisation,
        temperature: logits === null ? null : fitTemperature(logits.logits, logits.masks, logits.classes),
        version: `${config.model.architecture}-${config.data.hash.slice(0, 8)}-seed${config.seed}-epoch${epoch}`,
        provenance: {
          puregalaxy: config.version,
          dataHash: config.data.hash,
          trainingPictures: rows.train.length,
          epoch,
          step: this.#position.step,
          seed: config.seed,
          preset: config.preset,
          recipe: config.recipe,
          engine: config.engine,
          validation: logits === null ? null : summariseValidation(logits),
        },
      },
    })
    await writeFileAtomic(this.#files.best, encodeSafetensors(tensors, metadata))
  }

  async #checkpoint(): Promise<void> {
    const session = this.#session
    await this.#settleAll()
    await appendMetrics(this.#files.metrics, this.#pending)
    this.#pending = []
    this.#position.seconds = this.#seconds()
    await writeCheckpoint(
      this.#files.last,
      session.definition.stateSpecs,
      await session.readState(),
      this.#position,
    )
    this.#lastCheckpoint = performance.now()
  }

  #seconds(): number {
    return this.#startSeconds + (performance.now() - this.#started) / 1000
  }

  /** Training pictures per second since this process began, validation included. */
  #imagesPerSecond(): number | null {
    const steps = this.#position.step - this.#startStep
    const seconds = (performance.now() - this.#started) / 1000
    return steps > 0 && seconds > 0 ? (steps * this.#session.config.recipe.batchSize) / seconds : null
  }

  #report(phase: TrainProgress['phase'], done: number, total: number, epochSummary?: EpochSummary): void {
    const { stepsPerEpoch, config } = this.#session
    const { recipe } = config
    const { step, epochs, epochLoss } = this.#position
    const steps = recipe.epochs * stepsPerEpoch
    const stepInEpoch = step - epochs * stepsPerEpoch
    const imagesPerSecond = this.#imagesPerSecond()
    this.#hooks.onProgress?.({
      phase,
      epoch: epochSummary?.epoch ?? epochs + 1,
      epochs: recipe.epochs,
      done,
      total,
      step,
      steps,
      loss: stepInEpoch > 0 ? epochLoss / stepInEpoch : null,
      learningRate: learningRateAt(Math.max(0, step - 1), { ...recipe, stepsPerEpoch }),
      imagesPerSecond,
      secondsRemaining:
        imagesPerSecond === null ? null : ((steps - step) * recipe.batchSize) / imagesPerSecond,
      ...(epochSummary === undefined ? {} : { epochSummary }),
    })
  }

  #result(status: TrainResult['status']): TrainResult {
    return trainResult(status, this.#folder, this.#files, this.#position)
  }
}

/** A run's position as its result. */
export function trainResult(
  status: TrainResult['status'],
  runFolder: string,
  { best, last, metrics, report }: RunFiles,
  position: RunPosition,
): TrainResult {
  return {
    status,
    runFolder,
    epochs: position.epochs,
    step: position.step,
    bestEpoch: position.best?.epoch ?? null,
    bestScore: position.best?.validation?.score ?? null,
    validation: position.validation,
    seconds: position.seconds,
    files: {
      best: position.best === null ? null : best,
      last: position.step === 0 ? null : last,
      metrics,
      report: position.epochs === 0 ? null : report,
    },
  }
}
