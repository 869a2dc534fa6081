import type { Engine } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import type { NoiseProtocol } from '../noise/index.ts'
import { checkFit } from '../train/check-fit.ts'
import { openPredictor, type Predictor, predictDataset, type TrainedModel } from '../train/index.ts'
import { argMaxRows, probabilityFigures } from '../train/metrics.ts'
import { sortByLabel } from '../train/targets.ts'
import type { LevelResult, ModelRobustness, PairedLevel, RobustnessResult } from './result-types.ts'
import { mcnemarExact, mean, repetitionInterval } from './statistics.ts'

export interface RobustnessOptions {
  readonly engine: Engine
  readonly protocol: NoiseProtocol
  /** The second model (the ResNet twin), judged on the same noisy pictures. */
  readonly against?: TrainedModel
  /** Which pictures; default all. Those without an exact label are left out. */
  readonly indices?: ArrayLike<number>
  /** Noise seeds, each an integer of 0 or more; default 1 to 5. */
  readonly seeds?: readonly number[]
  readonly batchSize?: number
  /** Counts pictures judged, over all levels and seeds. */
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

const DEFAULT_SEEDS = [1, 2, 3, 4, 5]

/**
 * Accuracy of one or two models under noise, over pictures with an exact label at the models' input size. Both models
 * see the same noisy pictures; neither is altered (batch normalisation included).
 *
 * @throws PureGalaxyError, before any work: `train.classes`, `train.size` where a model and the data do not fit,
 *   `robustness.no-labels`, `robustness.seeds`
 * @example
 * const result = await testRobustness(pure, dataset, { engine, protocol: countsProtocol(), against: resnet })
 */
export async function testRobustness(
  trained: TrainedModel,
  dataset: ImageDataset,
  options: RobustnessOptions,
): Promise<RobustnessResult> {
  const started = performance.now()
  const { engine, protocol, against, seeds = DEFAULT_SEEDS } = options
  const models = against === undefined ? [trained] : [trained, against]
  for (const model of models) checkFit(model, dataset)
  checkSeeds(seeds)
  const rows = exactRows(dataset, options.indices)

  const predictors: Predictor[] = []
  try {
    for (const model of models) predictors.push(await openPredictor(model, engine, options))
    const runs = await judge(predictors, dataset, rows, seeds, options)
    const results = models.map((model, position) =>
      modelRobustness(
        model,
        runs.map(({ level, passes }) => ({ level, passes: passes.map((each) => each[position]!) })),
      ),
    )
    const [first, second] = results as [ModelRobustness, ModelRobustness?]
    return {
      protocol: protocol.name,
      unit: protocol.unit,
      data: { path: dataset.path, hash: dataset.hash },
      n: rows.length,
      seeds,
      model: first,
      against: second ?? null,
      paired:
        second === undefined ? null : runs.map((run, position) => pairedLevel(run, first, second, position)),
      meanCorruptionError: second === undefined ? null : meanCorruptionError(first, second),
      seconds: (performance.now() - started) / 1000,
    }
  } finally {
    for (const predictor of predictors) predictor.dispose()
  }
}

/** What is kept of one model's pass over all pictures: its logits would fill the memory over levels and seeds. */
interface PassFigures {
  readonly accuracy: number
  readonly ece: number
  /** 1 where the prediction is the label, else 0; kept of the first seed alone, which McNemar's test looks at. */
  readonly hits: Uint8Array | null
}

/** Figures at one level: `[seed][model]`. Without noise there is one repetition. */
interface LevelRun {
  readonly level: number | null
  readonly passes: readonly (readonly PassFigures[])[]
}

async function judge(
  predictors: readonly Predictor[],
  dataset: ImageDataset,
  rows: readonly number[],
  seeds: readonly number[],
  { protocol, onProgress, signal }: RobustnessOptions,
): Promise<LevelRun[]> {
  const labels = rows.map((row) => dataset.labels[row]!)
  const total = 1 + protocol.levels.length * seeds.length
  let pass = 0
  const once = async (
    first: boolean,
    alter?: (pictures: Uint8Array, indices: ArrayLike<number>) => Uint8Array,
  ) => {
    const logits = await predictDataset(predictors, dataset, rows, {
      ...(alter === undefined ? {} : { alter }),
      onProgress: (done) => onProgress?.(pass * rows.length + done, total * rows.length),
      ...(signal === undefined ? {} : { signal }),
    })
    pass++
    return logits.map((each, position) => passFigures(predictors[position]!.model, each, labels, first))
  }
  const runs: LevelRun[] = [{ level: null, passes: [await once(true)] }]
  for (const level of protocol.levels) {
    const passes: PassFigures[][] = []
    for (const seed of seeds) {
      const noisy = (pictures: Uint8Array, indices: ArrayLike<number>) => {
        const { height, width } = dataset
        protocol.apply({ pictures, height, width, indices, out: pictures }, level, seed)
        return pictures
      }
      passes.push(await once(passes.length === 0, noisy))
    }
    runs.push({ level, passes })
  }
  return runs
}

function passFigures(
  { config, metadata }: TrainedModel,
  logits: Float32Array,
  labels: readonly number[],
  keepHits: boolean,
): PassFigures {
  const { classes } = config
  const hits = hitsOf(logits, labels, classes)
  const { ece } = probabilityFigures(logits, labels, classes, metadata.temperature ?? 1)
  const accuracy = hits.reduce((sum, hit) => sum + hit, 0) / hits.length
  return { accuracy, ece, hits: keepHits ? hits : null }
}

function modelRobustness(
  trained: TrainedModel,
  runs: readonly { readonly level: number | null; readonly passes: readonly PassFigures[] }[],
): ModelRobustness {
  const figures = runs.map(({ level, passes }) => ({
    level,
    perSeed: passes.map(({ accuracy }) => accuracy),
    ece: mean(passes.map(({ ece }) => ece)),
  }))
  const cleanAccuracy = figures[0]!.perSeed[0]!
  const [clean, ...levels] = figures.map(({ level, perSeed, ece }): LevelResult => {
    const accuracy = mean(perSeed)
    return {
      level,
      accuracy,
      interval: repetitionInterval(perSeed),
      perSeed,
      relativeAccuracy: cleanAccuracy > 0 ? accuracy / cleanAccuracy : null,
      ece,
    }
  })
  return { model: trained.name, clean: clean!, levels }
}

function pairedLevel(
  { level, passes }: LevelRun,
  model: ModelRobustness,
  against: ModelRobustness,
  position: number,
): PairedLevel {
  const [first, second] = passes[0]!.map(({ hits }) => hits) as [Uint8Array, Uint8Array]
  const onlyModel = first.filter((hit, row) => hit > second[row]!).length
  const onlyAgainst = second.filter((hit, row) => hit > first[row]!).length
  const own = [model.clean, ...model.levels][position]!.perSeed
  const other = [against.clean, ...against.levels][position]!.perSeed
  const differences = own.map((accuracy, seed) => accuracy - other[seed]!)
  return {
    level,
    difference: mean(differences),
    interval: repetitionInterval(differences),
    mcnemar: { onlyModel, onlyAgainst, p: mcnemarExact(onlyModel, onlyAgainst) },
  }
}

function meanCorruptionError(model: ModelRobustness, against: ModelRobustness): number | null {
  const errors = ({ levels }: ModelRobustness) => levels.reduce((sum, { accuracy }) => sum + 1 - accuracy, 0)
  const reference = errors(against)
  return reference > 0 ? (100 * errors(model)) / reference : null
}

/** 1 where the prediction is the label, else 0. */
function hitsOf(logits: Float32Array, labels: readonly number[], classes: number): Uint8Array {
  return Uint8Array.from(argMaxRows(logits, classes), (prediction, row) => Number(prediction === labels[row]))
}

function exactRows(dataset: ImageDataset, indices: ArrayLike<number> | undefined): number[] {
  const { exact } = sortByLabel(
    dataset,
    indices ?? Array.from({ length: dataset.length }, (_, index) => index),
  )
  if (exact.length === 0)
    throw new PureGalaxyError(
      'robustness.no-labels',
      `${dataset.path}: none of the chosen pictures has an exact label, which accuracy under noise needs. Use data with exact labels.`,
    )
  return exact
}

function checkSeeds(seeds: readonly number[]): void {
  const valid = seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)
  if (seeds.length === 0 || !valid || new Set(seeds).size !== seeds.length)
    throw new PureGalaxyError(
      'robustness.seeds',
      `The noise seeds are [${seeds.join(', ')}]; expected at least one, each a different integer from 0 to 2^32 - 1.`,
    )
}
