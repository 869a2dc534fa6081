import type { Engine } from '../src/engine/index.ts'
import { PureGalaxyError } from '../src/errors.ts'
import type { ImageDataset } from '../src/io/index.ts'
import type { TrainedModel } from '../src/train/index.ts'
import type { CommandContext } from './context.ts'
import { defined, type EngineChoice, usageError } from './options.ts'

/** Labelled pictures for models, and an engine: what `evaluate` and `robustness` start with. */
export interface OpenedForModel {
  readonly dataset: ImageDataset
  readonly engine: Engine
  /** Pictures that the split chooses; undefined for all. */
  readonly indices: ArrayLike<number> | undefined
  close(): Promise<void>
}

interface Options {
  readonly split?: string
  readonly subset?: string
  readonly engine: EngineChoice
  readonly threads?: number
  /** Opens pictures at the size that they are stored in, and not at the model's. */
  readonly asStored?: boolean
}

/**
 * Opens both, closing what it opened when one cannot be.
 *
 * @param models that are to judge them, one or more, of one input size
 * @throws PureGalaxyError `cli.usage` for a part of an HDF5 file, whatever the data, the split file or the engine is refused for
 */
export async function openForModel(
  context: CommandContext,
  models: readonly TrainedModel[],
  data: string,
  options: Options,
): Promise<OpenedForModel> {
  if (options.split === undefined) await refusePartOfHdf5(data, options.subset)
  const dataset = await openPart(context, data, models, options)
  try {
    const indices =
      options.split === undefined ? undefined : await splitList(dataset, options.split, options.subset)
    if (options.split === undefined) warnOfTrainingData(context, models, dataset)
    const { openEngine } = await import('../src/engine/index.ts')
    const engine = await openEngine(options.engine, {
      purpose: 'inference',
      ...defined({ threads: options.threads }),
    })
    return {
      dataset,
      engine,
      indices,
      async close() {
        await engine.dispose()
        await dataset.close()
      },
    }
  } catch (error) {
    await dataset.close()
    throw error
  }
}

function warnOfTrainingData(
  context: CommandContext,
  models: readonly TrainedModel[],
  { path, hash }: ImageDataset,
): void {
  const trained = models.filter(({ metadata }) => metadata.provenance.dataHash === hash)
  // A run may stand in several entries of a report.
  for (const name of new Set(trained.map(({ name }) => name)))
    context.log(
      `${name}: trained on the same data as ${path}, by its hash. Where the pictures judged were not set apart from the training (--split), the figures say how well they are remembered.`,
    )
}

/**
 * An HDF5 file has no parts, so that naming one without a split file would judge the pictures of training.
 *
 * @throws PureGalaxyError `cli.usage`
 */
export async function refusePartOfHdf5(data: string, subset: string | undefined): Promise<void> {
  if (subset === undefined) return
  const { isHdf5File } = await import('../src/io/hdf5/is-hdf5-file.ts')
  if (!(await isHdf5File(data))) return
  throw usageError(
    `${data} is an HDF5 file, which has no part "${subset}". Give a split file with --split (puregalaxy split makes one).`,
  )
}

/** Opens the part that is named, else the test part, else data that do not come in parts as a whole. */
async function openPart(
  context: CommandContext,
  data: string,
  models: readonly TrainedModel[],
  { split, subset, asStored }: Options,
): Promise<ImageDataset> {
  const { openDataset } = await import('../src/io/index.ts')
  const { checkClasses } = await import('../src/train/check-fit.ts')
  const [height, width] = models[0]!.config.inputSize
  const open = (part: string | undefined) =>
    openDataset(data, {
      ...(asStored ? {} : { size: [height, width] as const }),
      onClasses: (path, classes) => {
        for (const model of models) checkClasses(model, path, classes)
      },
      onProgress: context.progress('reading pictures').update,
      signal: context.signal,
      ...defined({ subset: part }),
    })
  if (split !== undefined) return open(undefined)
  if (subset !== undefined) return open(subset)
  try {
    return await open('test')
  } catch (error) {
    if (error instanceof PureGalaxyError && error.code === 'io.image-folder.no-parts') return open(undefined)
    throw error
  }
}

/** Rows of one list of a split file that belongs to the data. */
async function splitList(dataset: ImageDataset, path: string, subset = 'test'): Promise<readonly number[]> {
  const { readSplit } = await import('../src/io/index.ts')
  const split = await readSplit(path, dataset)
  const lists: Readonly<Record<string, readonly number[] | undefined>> = {
    train: split.train,
    val: split.val,
    test: split.test,
  }
  const list = lists[subset]
  if (list !== undefined) return list
  const names = Object.keys(lists).filter((name) => lists[name] !== undefined)
  throw usageError(`${path} has no list "${subset}"; --subset takes one of ${names.join(', ')}.`)
}

/** Reads a model file, the best model of a run folder, or a shipped model. */
export async function readModel(model: string): Promise<TrainedModel> {
  const { resolveModel } = await import('../src/classify/shipped-models.ts')
  const { readTrainedModel } = await import('../src/train/index.ts')
  const { path, name } = await resolveModel(model)
  return readTrainedModel(path, name)
}
