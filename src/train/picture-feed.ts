import type { Augmentation } from '../augment/index.ts'
import type { DeviceBuffer, HostTensor } from '../engine/types.ts'
import type { ImageDataset } from '../io/types.ts'

/** Where the augmented pictures of a batch come from. */
export interface PictureFeed {
  /**
   * @param indices of the pictures in the data set; as many as the batch size
   * @param epoch from 0
   * @returns uint8 [batch, height, width, 3], to be disposed of where it lies on a device
   */
  pictures(indices: Uint32Array, epoch: number): Promise<HostTensor | DeviceBuffer>
  /** How many batches to ask for before the first is used. */
  readonly ahead: number
  dispose(): Promise<void>
}

export interface FeedOptions {
  readonly dataset: ImageDataset
  readonly batchSize: number
  readonly augmentation: Augmentation
}

/** Reads and augments in host memory. */
export function hostFeed(options: FeedOptions): PictureFeed {
  return {
    ahead: 1,
    pictures: (indices, epoch) => preparePictures(options, indices, epoch),
    async dispose() {},
  }
}

/**
 * Reads pictures and augments them in host memory.
 *
 * @returns uint8 [indices, height, width, 3]
 */
export async function preparePictures(
  { dataset, augmentation }: Pick<FeedOptions, 'dataset' | 'augmentation'>,
  indices: Uint32Array,
  epoch: number,
): Promise<HostTensor & { readonly data: Uint8Array }> {
  const shape = [indices.length, dataset.height, dataset.width, 3] as const
  const stored = new Uint8Array(indices.length * dataset.height * dataset.width * 3)
  await dataset.read(indices, stored)
  return { shape, dtype: 'uint8', data: augmentation.apply(stored, shape, epoch, indices) }
}
