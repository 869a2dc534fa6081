import { createAugmentation } from '../augment/index.ts'
import type { Engine } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import type { BatchWorkerRun } from './batch-worker.ts'
import { type FeedOptions, hostFeed, type PictureFeed } from './picture-feed.ts'
import { fitsOnDevice, residentFeed } from './resident-feed.ts'
import type { RunConfig } from './run-config.ts'

/** What of a run's configuration decides where its pictures come from. */
export type FeedConfig = Pick<RunConfig, 'cacheDirectory' | 'seed'> & {
  readonly data: Pick<RunConfig['data'], 'path' | 'size' | 'subset'>
  readonly recipe: Pick<RunConfig['recipe'], 'augmentation' | 'batchSize'>
  readonly engine: Pick<RunConfig['engine'], 'dataOnDevice'>
}

/**
 * Chooses where the pictures of training come from: the engine's memory where they fit, or must be; threads beside an
 * accelerator; else this thread. The pictures are the same, bit for bit, but where `dataOnDevice` is set and their noise
 * that of `exposure` (`residentFeed`).
 *
 * @param rows pictures to train on
 * @throws PureGalaxyError `engine.out-of-memory` where `dataOnDevice` is set and they do not fit; `train.data-on-device`
 */
export async function openFeed(
  engine: Engine,
  config: FeedConfig,
  dataset: ImageDataset,
  rows: Uint32Array,
  signal?: AbortSignal,
): Promise<PictureFeed> {
  const { recipe, seed } = config
  const { dataOnDevice } = config.engine
  const augmentation = createAugmentation(recipe.augmentation, seed)
  const options: FeedOptions = { dataset, batchSize: recipe.batchSize, augmentation }
  if (dataOnDevice === true) return residentFeed(engine, options, rows, signal)
  if (dataOnDevice === null && (await fitsOnDevice(engine, options, rows.length))) {
    try {
      return await residentFeed(engine, options, rows, signal)
    } catch (error) {
      // Others use the device too: what was free may be taken, or lie in pieces.
      if (!(error instanceof PureGalaxyError) || error.code !== 'engine.out-of-memory') throw error
    }
  }
  if (engine.freeDeviceBytes === undefined) return hostFeed(options)
  // Processor and accelerator work side by side; where the processor computes the steps, threads would only be in its way.
  return (await import('./worker-feed.ts')).workerFeed(workerRun(config), dataset)
}

/** What a thread that prepares batches is told. */
function workerRun({ data, cacheDirectory, recipe, seed }: FeedConfig): BatchWorkerRun {
  const { path, size, subset } = data
  const { augmentation, batchSize } = recipe
  const open = {
    size,
    ...(subset === null ? {} : { subset }),
    ...(cacheDirectory === null ? {} : { cacheDirectory }),
  }
  return { path, open, augmentation, batchSize, seed }
}
