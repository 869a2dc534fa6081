import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { EngineName, Precision } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import type { ModelConfig, Normalisation } from '../model/index.ts'
import { openProtocol } from '../noise/index.ts'
import type { PresetName, Recipe, TrainOptions } from './options.ts'
import { DEFAULT_RECIPE, presetRecipe } from './presets.ts'

/** config.json of a run folder: all that the run's result depends on, and what it ran with. */
export interface RunConfig {
  readonly formatVersion: 1
  /** Of the package that began the run. */
  readonly version: string
  readonly data: {
    /** Absolute path. */
    readonly path: string
    readonly subset: string | null
    /** Of the pictures and labels; `resume` refuses other data. */
    readonly hash: string
    readonly size: readonly [height: number, width: number]
    readonly classes: { readonly slugs: readonly string[]; readonly names: readonly string[] }
  }
  readonly cacheDirectory: string | null
  readonly model: ModelConfig
  readonly normalisation: Normalisation
  readonly preset: PresetName | null
  readonly recipe: Recipe
  readonly validation: { readonly fraction: number; readonly split: string | null }
  /** Pictures with a usable label in either part; rows.json lists them. */
  readonly pictures: { readonly train: number; readonly validation: number }
  readonly seed: number
  /** What `auto` resolved to; `resume` keeps to it. */
  readonly engine: {
    readonly name: EngineName
    readonly threads: number
    readonly precision: Precision
    /** How many devices share each batch. */
    readonly deviceCount: number
    /** Their names. */
    readonly devices: readonly string[]
    /** Whether the training pictures are kept on the device; null: where they fit and that changes no result. */
    readonly dataOnDevice: boolean | null
  }
  readonly checkpointMinutes: number
  readonly recalibrationBatches: number
}

/** Options of a run with defaults and preset filled in, checked; nothing of it needs the data. */
export interface RunSettings {
  readonly dataPath: string
  readonly subset: string | null
  readonly size: readonly [number, number] | null
  readonly runFolder: string
  readonly cacheDirectory: string | null
  readonly preset: PresetName | null
  readonly recipe: Recipe
  readonly validation: { readonly fraction: number; readonly split: string | null }
  readonly seed: number
  readonly engine: EngineName | 'auto'
  readonly threads: number
  readonly precision: Precision
  readonly deviceCount: number
  readonly dataOnDevice: boolean | null
  readonly checkpointMinutes: number
  readonly recalibrationBatches: number
}

/**
 * Fills in the preset and the defaults.
 * @throws PureGalaxyError `train.option` naming the option, its value and what was expected; `train.preset`,
 *   `noise.protocol`, `noise.level`
 */
export function resolveSettings(options: TrainOptions): RunSettings {
  const base = options.preset === undefined ? DEFAULT_RECIPE : presetRecipe(options.preset)
  const recipe: Recipe = {
    epochs: options.epochs ?? base.epochs,
    batchSize: options.batchSize ?? base.batchSize,
    learningRate: options.learningRate ?? base.learningRate,
    optimiser: options.optimiser ?? base.optimiser,
    schedule: options.schedule ?? base.schedule,
    warmupEpochs: options.warmupEpochs ?? base.warmupEpochs,
    labelSmoothing: options.labelSmoothing ?? base.labelSmoothing,
    classWeights: options.classWeights ?? base.classWeights,
    augmentation: options.augmentation ?? base.augmentation,
  }
  const settings: RunSettings = {
    dataPath: resolve(options.data),
    subset: options.subset ?? null,
    size: options.size ?? null,
    runFolder: options.runFolder,
    cacheDirectory: options.cacheDirectory === undefined ? null : resolve(options.cacheDirectory),
    preset: options.preset ?? null,
    recipe,
    validation: {
      fraction: options.validation?.fraction ?? 0.1,
      split: options.validation?.split === undefined ? null : resolve(options.validation.split),
    },
    seed: options.seed ?? 1,
    engine: options.engine ?? 'auto',
    threads: options.threads ?? availableParallelism(),
    precision: options.precision ?? 'float32',
    deviceCount: options.devices ?? 1,
    dataOnDevice: options.dataOnDevice ?? null,
    checkpointMinutes: options.checkpointMinutes ?? 5,
    recalibrationBatches: options.recalibrationBatches ?? 50,
  }
  check(settings)
  return settings
}

function check({
  recipe,
  size,
  validation,
  seed,
  threads,
  deviceCount,
  checkpointMinutes,
  recalibrationBatches,
}: RunSettings): void {
  wholeNumber('epochs', recipe.epochs, 1, 100_000)
  // A batch of one picture and small layers would leave batch normalisation a single value.
  wholeNumber('batch size', recipe.batchSize, 2, 65_536)
  range('learning rate', recipe.learningRate, (value) => value > 0 && value <= 100, 'above 0 and at most 100')
  range(
    'warm-up',
    recipe.warmupEpochs,
    (value) => value >= 0 && value <= recipe.epochs,
    `0 to ${recipe.epochs} epochs`,
  )
  range('label smoothing', recipe.labelSmoothing, (value) => value >= 0 && value < 1, '0 to below 1')
  range('redrawn fraction', recipe.augmentation.redraw, (value) => value >= 0 && value <= 1, '0 to 1')
  wholeNumber('padding before the crop', recipe.augmentation.padAndCrop, 0, 1024)
  if (recipe.augmentation.resizedCrop !== null)
    range(
      'smallest area of the resized crop',
      recipe.augmentation.resizedCrop,
      (value) => value > 0 && value <= 1,
      'above 0 and at most 1',
    )
  const { noise } = recipe.augmentation
  if (noise) {
    range(
      'probability of noise',
      noise.probability,
      (value) => value > 0 && value <= 1,
      'above 0 and at most 1',
    )
    openProtocol(noise.protocol, noise.levels)
  }
  if (recipe.schedule.name === 'step')
    range(
      'factor of the step schedule',
      recipe.schedule.factor,
      (value) => value > 0 && value <= 1,
      'above 0 and at most 1',
    )
  if (size !== null) for (const side of size) wholeNumber('side of the pictures', side, 1, 8192)
  range('validation fraction', validation.fraction, (value) => value >= 0 && value < 1, '0 to below 1')
  wholeNumber('seed', seed, 0, 2 ** 32 - 1)
  wholeNumber('number of threads', threads, 1, 1024)
  wholeNumber('number of devices', deviceCount, 1, 1024)
  if (recipe.batchSize % deviceCount !== 0)
    throw new PureGalaxyError(
      'train.option',
      `The batch size is ${recipe.batchSize}; expected a multiple of the ${deviceCount} devices, such as ` +
        `${Math.ceil(recipe.batchSize / deviceCount) * deviceCount}.`,
    )
  range('time between checkpoints', checkpointMinutes, (value) => value > 0, 'minutes above 0')
  wholeNumber('number of recalibration batches', recalibrationBatches, 1, 10_000)
}

function wholeNumber(what: string, value: number, low: number, high: number): void {
  range(
    what,
    value,
    (number) => Number.isInteger(number) && number >= low && number <= high,
    `a whole number from ${low} to ${high}`,
  )
}

function range(what: string, value: number, accepts: (value: number) => boolean, expected: string): void {
  if (!accepts(value))
    throw new PureGalaxyError('train.option', `The ${what} is ${value}; expected ${expected}.`)
}
