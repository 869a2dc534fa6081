import type { Engine } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import { countParameters } from '../model/parameters.ts'
import { NOISE_VERSION, type NoiseProtocol } from '../noise/index.ts'
import { checkClasses } from '../train/check-fit.ts'
import type { TrainedModel } from '../train/index.ts'
import { modelFingerprint, weightsHash } from '../train/weights-hash.ts'
import { VERSION } from '../version.ts'
import { checkEntries } from './check-entries.ts'
import { type JudgedPictures, judgedPictures } from './judged-pictures.ts'
import { type JudgedModel, type MeasureOptions, measurePasses, type PassTimes } from './measure-passes.ts'
import type { Dose, PictureGeometry } from './noisy-pictures.ts'
import { memoryPasses, type PassStore } from './pass.ts'
import { BOOTSTRAP, protocolReports } from './protocol-reports.ts'
import type { ReportEntry, ReportPixelScale, RobustnessReport } from './report-types.ts'
import { trainingFacts } from './training-facts.ts'
import { unitLenses } from './unit-lenses.ts'

/** What is compared: a model, or several runs of one recipe, each with a seed of its own. */
export interface RobustnessEntry {
  readonly name: string
  readonly models: readonly TrainedModel[]
}

export interface RobustnessOptions {
  readonly engine: Engine
  /** One or more, each with levels. */
  readonly protocols: readonly NoiseProtocol[]
  /** Which pictures; default all. Those of whose class nothing is known are left out. */
  readonly indices?: ArrayLike<number> | undefined
  /** Noise seeds, different integers from 0 to 2³² − 1; default 1 to 5. */
  readonly seeds?: readonly number[] | undefined
  /** Arcseconds per pixel of every picture of the data set, for protocols on stored pixels. */
  readonly pixelScales?: ArrayLike<number> | undefined
  readonly batchSize?: number | undefined
  /** Where passes are kept; default: in memory. */
  readonly store?: PassStore | undefined
  /** Pictures shown at every level; default 6. */
  readonly examples?: number | undefined
  /** Pictures whose product units are looked at, at most; default 500. */
  readonly lensPictures?: number | undefined
  /** The pictures lack the stretch that protocol `exposure` undoes: say so in the report. */
  readonly illustration?: boolean | undefined
  /** For the report. */
  readonly command?: string | undefined
  /**
   * CPU threads to work with, as the engine has them; default: all cores. All but one of them, at most 8, draw noise and
   * resize pictures while models look at those before; with 1 this thread does, by turns. Changes no result.
   */
  readonly threads?: number | undefined
  /** Called when all passes are there: how long the missing ones took, and how much of it models waited for pictures. */
  readonly onMeasured?: ((times: PassTimes) => void) | undefined
  /** Counts pictures over all passes. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  /** After the passes, counts protocols whose figures are worked out and entries whose product units are looked at. */
  readonly onFigures?: ((done: number, total: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const DEFAULT_SEEDS = [1, 2, 3, 4, 5]

/**
 * How models bear noise: each judged on the same noisy pictures, at every level of every protocol with every noise seed.
 * No model is altered (batch normalisation included).
 *
 * @param entries the first is what the report is about, the last the baseline of the mean corruption error
 * @param dataset at the models' input size; with a protocol on stored pixels at the size that they are stored in
 * @throws PureGalaxyError, before any work: `train.classes`, `robustness.size` where models and data do not fit,
 *   `robustness.no-labels`, `robustness.one-class`, `robustness.seeds`, and what `checkEntries` throws
 * @example
 * const report = await testRobustness(
 *   [{ name: 'PURe20', models: [pure] }, { name: 'ResNet20', models: [resnet] }],
 *   dataset, { engine, protocols: [openProtocol('counts')] })
 */
export async function testRobustness(
  entries: readonly RobustnessEntry[],
  dataset: ImageDataset,
  options: RobustnessOptions,
): Promise<RobustnessReport> {
  const { engine, protocols, seeds = DEFAULT_SEEDS, store = memoryPasses() } = options
  checkSeeds(seeds)
  checkEntries(entries)
  const geometry = geometryOf(entries, dataset, options)
  const pictures = judgedPictures(dataset, options.indices)
  const judged: Judged = {
    entries: entries.map(({ name, models }) => ({
      name,
      models: models.map((trained) => ({ trained, fingerprint: modelFingerprint(trained) })),
    })),
    pictures,
    measure: {
      engine,
      dataset,
      pictures,
      geometry,
      store,
      batchSize: options.batchSize ?? 16,
      threads: options.threads,
      onProgress: options.onProgress,
      signal: options.signal,
    },
    seeds,
  }
  const doses = protocols.flatMap((protocol) =>
    protocol.levels.flatMap((level) => seeds.map((seed): Dose => ({ protocol, level, seed }))),
  )
  const models = new Map(
    judged.entries.flatMap((entry) => entry.models).map((model) => [model.fingerprint, model]),
  )
  const times = await measurePasses([...models.values()], doses, judged.measure)
  options.onMeasured?.(times)
  const onStep = figureSteps(judged, options)
  return {
    formatVersion: 1,
    version: VERSION,
    command: options.command ?? null,
    data: dataOf(dataset, pictures, options.pixelScales),
    engine: { name: engine.name, version: engine.version ?? null, devices: engine.devices },
    runtime: { node: process.version, platform: `${process.platform} ${process.arch}` },
    bootstrap: BOOTSTRAP,
    noiseVersion: NOISE_VERSION,
    seeds,
    entries: judged.entries.map(describeEntry),
    protocols: await protocolReports(judged, { ...options, onStep }),
    lenses: await unitLenses(judged, { ...options, onStep }),
  }
}

/** Counts a step for each protocol and one for each entry. */
function figureSteps({ entries }: Judged, { protocols, onFigures }: RobustnessOptions): () => void {
  const total = protocols.length + entries.length
  let done = 0
  onFigures?.(done, total)
  return () => onFigures?.(++done, total)
}

/** All that the figures are worked out from. */
export interface Judged {
  readonly entries: readonly { readonly name: string; readonly models: readonly JudgedModel[] }[]
  readonly pictures: JudgedPictures
  readonly measure: MeasureOptions
  readonly seeds: readonly number[]
}

function dataOf(
  dataset: ImageDataset,
  { rows, labels, unlabelled, classes }: JudgedPictures,
  pixelScales: RobustnessOptions['pixelScales'],
) {
  const support = new Array<number>(classes).fill(0)
  for (const label of labels) support[label]!++
  return {
    path: dataset.path,
    hash: dataset.hash,
    classes: dataset.classes,
    exact: labels.length,
    partial: rows.length - labels.length,
    unlabelled,
    support,
    storedSize: [dataset.height, dataset.width] as const,
    pixelScale: pixelScaleOf(rows.map((row) => pixelScales?.[row] ?? Number.NaN)),
  }
}

function pixelScaleOf(scales: readonly number[]): ReportPixelScale {
  const known = scales.filter((scale) => scale > 0).sort((one, other) => one - other)
  return { minimum: known[0] ?? null, maximum: known.at(-1) ?? null, unknown: scales.length - known.length }
}

function describeEntry({ name, models }: Judged['entries'][number]): ReportEntry {
  return {
    name,
    models: models.map(({ trained }) => {
      const { config, metadata } = trained
      const { architecture, classes: _, inputSize, ...settings } = config
      return {
        name: trained.name,
        architecture,
        parameters: countParameters(config),
        weights: weightsHash(trained),
        version: metadata.version,
        inputSize,
        settings,
        temperature: metadata.temperature,
        training: trainingFacts(metadata),
      }
    }),
  }
}

/** Refuses data that the models do not fit; returns the sizes that pictures go through. */
function geometryOf(
  entries: readonly RobustnessEntry[],
  dataset: ImageDataset,
  { protocols, pixelScales }: RobustnessOptions,
): PictureGeometry {
  if (protocols.length === 0)
    throw new PureGalaxyError('robustness.entries', 'There are 0 protocols of noise; expected at least one.')
  const models = entries.flatMap((entry) => entry.models)
  for (const model of models) checkClasses(model, dataset.path, dataset.classes)
  const { name, config } = models[0]!
  const [height, width] = config.inputSize
  const onStored = protocols.some(({ pixels }) => pixels === 'stored')
  if (!onStored && (dataset.height !== height || dataset.width !== width))
    throw new PureGalaxyError(
      'robustness.size',
      `${name} takes pictures of ${height}×${width} pixels, but ${dataset.path} was opened at ${dataset.height}×${dataset.width}. ` +
        `Open it with the size [${height}, ${width}].`,
    )
  return {
    stored: { height: dataset.height, width: dataset.width },
    input: { height, width },
    pixelScales,
  }
}

function checkSeeds(seeds: readonly number[]): void {
  const valid = seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)
  if (seeds.length === 0 || !valid || new Set(seeds).size !== seeds.length)
    throw new PureGalaxyError(
      'robustness.seeds',
      `The noise seeds are [${seeds.join(', ')}]; expected at least one, each a different integer from 0 to 2^32 - 1.`,
    )
}
