import { createAugmentation } from '../augment/index.ts'
import { openEngine } from '../engine/index.ts'
import { PureGalaxyError } from '../errors.ts'
import { openDataset } from '../io/open-dataset.ts'
import type { ImageDataset } from '../io/types.ts'
import { createModel, resolveModelConfig } from '../model/index.ts'
import { VERSION } from '../version.ts'
import { checkTrainingNoise } from './check-noise.ts'
import { readCheckpoint, startPosition } from './checkpoint.ts'
import { measureNormalisation } from './normalisation.ts'
import { createOptimiser } from './optimisers.ts'
import type { TrainHooks, TrainOptions, TrainProgress, TrainResult } from './options.ts'
import { residentMoves } from './resident-feed.ts'
import { chooseRows, type RunRows, readRows } from './rows.ts'
import { TrainingRun, trainResult } from './run.ts'
import { type RunConfig, type RunSettings, resolveSettings } from './run-config.ts'
import { runFiles } from './run-files.ts'
import {
  beginRun,
  lockRunFolder,
  makeRunFolder,
  readRunConfig,
  refuseExistingRun,
  removeTemporaryFiles,
  rewindMetrics,
} from './run-folder.ts'
import { TrainingSession } from './session.ts'
import { trainingStateSpecs } from './step.ts'

/**
 * Trains a model and writes the run folder: `config.json`, `rows.json`, `metrics.ndjson`, `best.safetensors` (the epoch
 * with the best validation score, statistics recalibrated, temperature fitted), `last.safetensors` (all that `resume`
 * needs), `report.html`.
 *
 * The result depends on data, options, engine, threads and machine alone: interrupted or killed at any moment and
 * resumed, a run ends in the same weights bit for bit.
 *
 * @throws PureGalaxyError `train.option`, `train.preset`, `train.stretch`, `train.data-on-device`, `train.run-exists`, `train.too-few`, `train.not-finite`,
 *   `io.in-use` where another process writes to the folder, and what
 *   data, split, model configuration or engine are refused for
 * @example
 * await train({ data: 'galaxies.h5', model: { architecture: 'pure20' }, size: [64, 64], runFolder: 'runs/a' })
 */
export async function train(options: TrainOptions, hooks: TrainHooks = {}): Promise<TrainResult> {
  const settings = resolveSettings(options)
  createOptimiser(settings.recipe.optimiser)
  await refuseExistingRun(settings.runFolder)
  const engine = await resolveEngine(settings)
  hooks.onEngine?.(engine.name)
  const { dataOnDevice, recipe, seed } = settings
  if (dataOnDevice) residentMoves(engine.name, createAugmentation(recipe.augmentation, seed))
  const dataset = await openDataset(settings.dataPath, {
    ...openOptions(settings, hooks),
    ...(settings.size === null ? {} : { size: settings.size }),
  })
  try {
    const classes = dataset.classes.slugs.length
    const model = resolveModelConfig({
      ...options.model,
      classes,
      inputSize: [dataset.height, dataset.width, 3],
    })
    const rows = await chooseRows(dataset, settings.validation, seed, recipe.batchSize)
    if (!options.anyStretch) await checkTrainingNoise(dataset, rows.train, recipe.augmentation)
    const config: RunConfig = {
      formatVersion: 1,
      version: VERSION,
      data: {
        path: settings.dataPath,
        subset: settings.subset,
        hash: dataset.hash,
        size: [dataset.height, dataset.width],
        classes: dataset.classes,
      },
      cacheDirectory: settings.cacheDirectory,
      model,
      normalisation: await measureNormalisation(dataset, rows.train, seed),
      preset: settings.preset,
      recipe,
      validation: settings.validation,
      pictures: { train: rows.train.length, validation: rows.val.length },
      seed,
      engine,
      checkpointMinutes: settings.checkpointMinutes,
      recalibrationBatches: settings.recalibrationBatches,
    }
    const lock = await makeRunFolder(settings.runFolder)
    try {
      await beginRun(settings.runFolder, config, rows)
      return await runToEnd(config, dataset, rows, settings.runFolder, hooks)
    } finally {
      await lock.release()
    }
  } finally {
    await dataset.close()
  }
}

/**
 * Goes on with the run of a folder from its last checkpoint, on the engine and with the number of threads that it began
 * with. A finished run is left as it is.
 *
 * @throws PureGalaxyError `train.no-run`, `train.data-changed` where pictures or labels are not those the run began with,
 *   `train.checkpoint`, `io.in-use` where another process goes on with it, and as {@link train}
 */
export async function resume(runFolder: string, hooks: TrainHooks = {}): Promise<TrainResult> {
  const config = await readRunConfig(runFolder)
  const lock = await lockRunFolder(runFolder)
  try {
    hooks.onEngine?.(config.engine.name)
    return await resumeLocked(config, runFolder, hooks)
  } finally {
    await lock.release()
  }
}

async function resumeLocked(config: RunConfig, runFolder: string, hooks: TrainHooks): Promise<TrainResult> {
  const { data } = config
  const dataset = await openDataset(data.path, {
    ...openOptions({ ...config, subset: data.subset }, hooks),
    size: data.size,
  })
  try {
    if (dataset.hash !== data.hash)
      throw new PureGalaxyError(
        'train.data-changed',
        `${data.path} is not what the run ${runFolder} began with: its pictures or labels have changed. ` +
          'Bring the former file back, or start a new run.',
      )
    const rows = await readRows(runFiles(runFolder).rows, dataset)
    return await runToEnd(config, dataset, rows, runFolder, hooks)
  } finally {
    await dataset.close()
  }
}

async function runToEnd(
  config: RunConfig,
  dataset: ImageDataset,
  rows: RunRows,
  runFolder: string,
  hooks: TrainHooks,
): Promise<TrainResult> {
  const files = runFiles(runFolder)
  const specs = trainingStateSpecs(createModel(config.model), createOptimiser(config.recipe.optimiser))
  const checkpoint = await readCheckpoint(files.last, specs)
  const position = checkpoint?.position ?? startPosition()
  if (position.epochs >= config.recipe.epochs)
    return trainResult('already-finished', runFolder, files, position)
  await removeTemporaryFiles(runFolder)
  await rewindMetrics(files.metrics, position.step, position.epochs)
  const { recipe } = config
  const session = await TrainingSession.open(config, dataset, rows, checkpoint?.tensors, {
    signal: hooks.signal,
    onCompiled: (done, total) =>
      hooks.onProgress?.({
        ...beforeTraining('compile', recipe, done, total),
        epoch: position.epochs + 1,
        step: position.step,
      }),
  }).catch((error) => {
    if (!hooks.signal?.aborted || error !== hooks.signal.reason) throw error
  })
  if (session === undefined) return trainResult('interrupted', runFolder, files, position)
  try {
    return await new TrainingRun(session, position, runFolder, files, hooks).finish()
  } finally {
    await session.dispose()
  }
}

/** Finds out what `auto` means here, once: resuming keeps to it. */
async function resolveEngine(settings: RunSettings): Promise<RunConfig['engine']> {
  const { engine, threads, precision, deviceCount, dataOnDevice } = settings
  const opened = await openEngine(engine, { purpose: 'training', threads, precision, devices: deviceCount })
  const { name, devices } = opened
  await opened.dispose()
  return { name, threads, precision, deviceCount, devices, dataOnDevice }
}

function openOptions(
  { subset, cacheDirectory, recipe }: Pick<RunSettings, 'subset' | 'cacheDirectory' | 'recipe'>,
  { onProgress, signal }: TrainHooks,
) {
  const report = (done: number, total: number) => onProgress?.(beforeTraining('prepare', recipe, done, total))
  return {
    onProgress: report,
    ...(subset === null ? {} : { subset }),
    ...(cacheDirectory === null ? {} : { cacheDirectory }),
    ...(signal === undefined ? {} : { signal }),
  }
}

/** Progress while nothing is trained yet. */
function beforeTraining(
  phase: 'prepare' | 'compile',
  { epochs, learningRate }: RunSettings['recipe'],
  done: number,
  total: number,
): TrainProgress {
  return {
    phase,
    epoch: 1,
    epochs,
    done,
    total,
    step: 0,
    steps: 0,
    loss: null,
    learningRate,
    imagesPerSecond: null,
    secondsRemaining: null,
  }
}
