import type { Engine } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import { bootstrapInterval } from './bootstrap.ts'
import { checkFit } from './check-fit.ts'
import type { Evaluation, Interval } from './evaluation-types.ts'
import {
  argMaxRows,
  classFigures,
  confusionCounts,
  macroF1,
  probabilityFigures,
  topAccuracy,
} from './metrics.ts'
import { predictDataset } from './predict-dataset.ts'
import { openPredictor } from './predictor.ts'
import { sortByLabel, targetMasks } from './targets.ts'
import type { TrainedModel } from './trained-model.ts'

/** Classes up to which the five most probable are no figure of interest. */
const FEW_CLASSES = 10

export interface EvaluateOptions {
  readonly engine: Engine
  /** Which pictures; default all. */
  readonly indices?: ArrayLike<number>
  readonly batchSize?: number
  /** Average the logits over the eight symmetries of the square. */
  readonly symmetries?: boolean
  /** Bootstrap replicates for the intervals; default 1000. */
  readonly replicates?: number
  /** Seed of the bootstrap; default 1. */
  readonly seed?: number
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/**
 * Evaluates a model on labelled pictures of its input size (open the data set with `size` from
 * `trained.config.inputSize`). Batch normalisation is not altered. Exact and partial labels are counted apart.
 *
 * @throws PureGalaxyError `train.classes`, `train.size`, `train.no-labels` where nothing is known of any picture
 * @example
 * const { accuracy, recall } = await evaluate(await readTrainedModel('best.safetensors'), dataset, { engine })
 */
export async function evaluate(
  trained: TrainedModel,
  dataset: ImageDataset,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const started = performance.now()
  checkFit(trained, dataset)
  const { exact, partial, unlabelled } = sortByLabel(
    dataset,
    options.indices ?? Array.from({ length: dataset.length }, (_, index) => index),
  )
  if (exact.length + partial.length === 0)
    throw new PureGalaxyError(
      'train.no-labels',
      `${dataset.path}: none of the ${unlabelled} pictures has a label to compare with. Use labelled data, or "puregalaxy classify".`,
    )
  const predictor = await openPredictor(trained, options.engine, options)
  let logits: Float32Array
  try {
    const [all] = await predictDataset([predictor], dataset, [...exact, ...partial], options)
    logits = all!
  } finally {
    predictor.dispose()
  }
  const classes = dataset.classes.slugs.length
  const border = exact.length * classes
  const resampling = { replicates: options.replicates ?? 1000, seed: options.seed ?? 1 }
  return {
    model: trained.name,
    data: { path: dataset.path, hash: dataset.hash },
    classes: dataset.classes.slugs,
    ...exactFigures(
      logits.subarray(0, border),
      exact.map((index) => dataset.labels[index]!),
      classes,
      trained.metadata.temperature,
      resampling,
    ),
    symmetries: options.symmetries ?? false,
    partial: partialFigures(logits.subarray(border), targetMasks(dataset, partial), classes, resampling),
    unlabelled,
    seconds: (performance.now() - started) / 1000,
  }
}

interface Resampling {
  readonly replicates: number
  readonly seed: number
}

type ExactFigures = Omit<
  Evaluation,
  'model' | 'data' | 'classes' | 'symmetries' | 'partial' | 'unlabelled' | 'seconds'
>

function exactFigures(
  logits: Float32Array,
  labels: readonly number[],
  classes: number,
  temperature: number | null,
  resampling: Resampling,
): ExactFigures {
  const n = labels.length
  const predictions = argMaxRows(logits, classes)
  const confusion = confusionCounts(labels, predictions, classes)
  const { recall, precision, support, macroF1: f1 } = classFigures(confusion, classes, labels)
  const hits = Uint8Array.from(predictions, (prediction, row) => Number(prediction === labels[row]))
  const probabilities = n === 0 ? null : probabilityFigures(logits, labels, classes, temperature ?? 1)
  return {
    n,
    accuracy: n === 0 ? null : mean(hits),
    accuracyInterval: hitInterval(hits, resampling),
    top5: n === 0 || classes <= FEW_CLASSES ? null : topAccuracy(logits, labels, classes, 5),
    macroF1: f1,
    macroF1Interval:
      n === 0
        ? null
        : bootstrapInterval(
            n,
            (sample) => macroF1(labels, predictions, classes, sample),
            resampling.replicates,
            resampling.seed,
          ),
    ece: probabilities?.ece ?? null,
    logLoss: probabilities?.logLoss ?? null,
    brier: probabilities?.brier ?? null,
    recall,
    precision,
    support,
    confusion: Array.from({ length: classes }, (_, truth) => [
      ...confusion.subarray(truth * classes, (truth + 1) * classes),
    ]),
    temperature: temperature ?? 1,
    uncalibrated: n === 0 || temperature === null ? null : probabilityFigures(logits, labels, classes),
  }
}

function partialFigures(
  logits: Float32Array,
  masks: Uint8Array,
  classes: number,
  resampling: Resampling,
): Evaluation['partial'] {
  const hits = Uint8Array.from(argMaxRows(logits, classes), (prediction, row) =>
    prediction < 0 ? 0 : masks[row * classes + prediction]!,
  )
  return {
    n: hits.length,
    admittedAccuracy: hits.length === 0 ? null : mean(hits),
    interval: hitInterval(hits, resampling),
  }
}

function hitInterval(hits: Uint8Array, { replicates, seed }: Resampling): Interval | null {
  if (hits.length === 0) return null
  const statistic = (sample: Uint32Array) => {
    let sum = 0
    for (const index of sample) sum += hits[index]!
    return sum / sample.length
  }
  return bootstrapInterval(hits.length, statistic, replicates, seed)
}

function mean(values: Uint8Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
