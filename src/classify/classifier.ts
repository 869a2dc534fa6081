import type { Engine, EngineName } from '../engine/types.ts'
import type { ClassScheme } from '../survey/galaxy10.ts'
import { openPredictor, type Predictor } from '../train/predictor.ts'
import { readTrainedModel, type TrainedModel } from '../train/trained-model.ts'
import type { ModelCard } from './model-card.ts'
import { type Prediction, summarise } from './prediction.ts'
import { readModelCard } from './read-model-card.ts'
import { resolveModel } from './shipped-models.ts'

export interface ClassifierOptions {
  readonly engine?: EngineName | 'auto'
  /** CPU threads; default: all cores. */
  readonly threads?: number
  /** Average the logits over the eight symmetries of the square: eight times the work, somewhat more accurate. */
  readonly symmetries?: boolean
}

/** Pictures a run of the compiled program, smallest first: one picture should not pay for sixteen. */
const BATCH_SIZES = [1, 16] as const

/** Most pictures that one run of the program takes. */
export const LARGEST_BATCH = BATCH_SIZES.at(-1)!

/**
 * A trained model on an engine, ready for pictures. Programs are compiled when first needed, with the weights as
 * constants, and kept in the user's cache: the second process that uses a model neither traces it nor loads
 * TensorFlow.js.
 *
 * @example
 * const classifier = await Classifier.open('small')
 * const [prediction] = await classifier.predict(pixels) // uint8, 64 × 64 × 3
 * console.log(prediction?.slug, prediction?.confidence)
 * await classifier.dispose()
 */
export class Classifier {
  readonly #model: TrainedModel
  readonly #engine: Engine
  readonly #symmetries: boolean
  /** What people should know of the model. */
  readonly card: ModelCard
  readonly #predictors = new Map<number, Promise<Predictor>>()

  private constructor(model: TrainedModel, card: ModelCard, engine: Engine, symmetries: boolean) {
    this.#model = model
    this.card = card
    this.#engine = engine
    this.#symmetries = symmetries
  }

  /**
   * @param model path of a model file or run folder, or the name of a shipped model
   * @throws PureGalaxyError `classify.no-such-model`, `model.…`, `io.…`, `engine.unavailable`
   */
  static async open(model: string, options: ClassifierOptions = {}): Promise<Classifier> {
    const { path, name } = await resolveModel(model)
    const trained = await readTrainedModel(path, name)
    const card = await readModelCard(trained, name === path ? undefined : path)
    const { openEngine } = await import('../engine/index.ts')
    const { engine = 'auto', threads, symmetries = false } = options
    const opened = await openEngine(engine, { purpose: 'inference', threads })
    return new Classifier(trained, card, opened, symmetries)
  }

  /** The model's name: the path, or what a shipped model is called. */
  get name(): string {
    return this.#model.name
  }

  /** Version of the weights. */
  get version(): string {
    return this.#model.metadata.version
  }

  get classes(): ClassScheme {
    return this.#model.metadata.classes
  }

  /** Pixels that pictures must have: [height, width, 3]. */
  get inputSize(): readonly [height: number, width: number, channels: 3] {
    return this.#model.config.inputSize
  }

  /** The engine that `auto` became. */
  get engine(): EngineName {
    return this.#engine.name
  }

  /**
   * Classifies pictures.
   *
   * @param pictures uint8 NHWC of the model's input size, any number of them
   * @throws PureGalaxyError `train.size` where the bytes are no whole number of pictures
   */
  async predict(pictures: Uint8Array): Promise<Prediction[]> {
    const [height, width, channels] = this.inputSize
    const count = Math.ceil(pictures.length / (height * width * channels))
    const predictor = await this.#predictor(BATCH_SIZES.find((size) => size >= count) ?? LARGEST_BATCH)
    const probabilities = predictor.probabilities(await predictor.predict(pictures))
    const { slugs } = this.classes
    return Array.from({ length: count }, (_, row) =>
      summarise(probabilities.slice(row * slugs.length, (row + 1) * slugs.length), slugs),
    )
  }

  async dispose(): Promise<void> {
    // One that could not be opened was told of by `predict`, and leaves nothing to release.
    const opened = await Promise.allSettled(this.#predictors.values())
    for (const each of opened) if (each.status === 'fulfilled') each.value.dispose()
    this.#predictors.clear()
    await this.#engine.dispose()
  }

  #predictor(batchSize: number): Promise<Predictor> {
    const before = this.#predictors.get(batchSize)
    if (before !== undefined) return before
    const opened = openPredictor(this.#model, this.#engine, {
      batchSize,
      symmetries: this.#symmetries,
      cached: true,
    })
    this.#predictors.set(batchSize, opened)
    // A failure is not kept: the next call tries again.
    opened.catch(() => this.#predictors.delete(batchSize))
    return opened
  }
}
