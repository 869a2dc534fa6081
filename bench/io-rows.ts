import { benchHdf5ToCache, benchRandomBatches, removeBenchFiles } from './io.ts'

/** A measurement of files, with what is asked of it. */
export interface IoRow {
  readonly work: string
  readonly imagesPerSecond: number
  /** Least images per second. */
  readonly floor: number
  readonly peakResidentMiB: number
  /** Most resident memory. */
  readonly ceilingMiB: number
}

/** Decodes a file stored like Galaxy10 DECaLS into the cache, and reads random batches from that. */
export async function measureIo(count: number): Promise<IoRow[]> {
  try {
    const cache = await benchHdf5ToCache(count)
    const batches = benchRandomBatches(count)
    return [
      {
        work: `HDF5 to cache, ${count} pictures of 256 px`,
        imagesPerSecond: cache.imagesPerSecond,
        floor: 200,
        peakResidentMiB: cache.peakResidentMiB,
        ceilingMiB: 1024,
      },
      {
        work: 'random batches of 128 from the cache, pages warm',
        imagesPerSecond: batches.imagesPerSecond,
        floor: 3000,
        peakResidentMiB: batches.peakResidentMiB,
        // 500 MB.
        ceilingMiB: 500e6 / 2 ** 20,
      },
    ]
  } finally {
    await removeBenchFiles(count)
  }
}
