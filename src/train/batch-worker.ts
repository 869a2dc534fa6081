/**
 * Prepares batches in a thread of its own (see worker-feed.ts): reads pictures of the data set and augments them. The
 * thread opens the data set by itself; what it reads is in the system's page cache for all.
 */
import { move, workerData } from 'piscina'
import { type AugmentationOptions, createAugmentation } from '../augment/index.ts'
import { type OpenDatasetOptions, openDataset } from '../io/index.ts'
import { hostFeed, type PictureFeed } from './picture-feed.ts'

/** What a thread is told of the run, as its `workerData`. */
export interface BatchWorkerRun {
  readonly path: string
  readonly open: Pick<OpenDatasetOptions, 'size' | 'subset' | 'cacheDirectory'>
  readonly augmentation: AugmentationOptions
  readonly batchSize: number
  readonly seed: number
}

export interface BatchWorkerTask {
  readonly indices: Uint32Array
  readonly epoch: number
}

let feed: Promise<PictureFeed> | undefined

async function open({ path, open, augmentation, batchSize, seed }: BatchWorkerRun): Promise<PictureFeed> {
  const dataset = await openDataset(path, open)
  return hostFeed({ dataset, batchSize, augmentation: createAugmentation(augmentation, seed) })
}

/** uint8 pictures of a batch, handed over without a copy. */
export default async function prepare({ indices, epoch }: BatchWorkerTask): Promise<unknown> {
  feed ??= open(workerData as BatchWorkerRun)
  const pictures = await (await feed).pictures(indices, epoch)
  return move((pictures as { data: Uint8Array<ArrayBuffer> }).data)
}
