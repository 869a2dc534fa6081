import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { builtScript } from '../built-script.ts'
import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import type { BatchWorkerRun, BatchWorkerTask } from './batch-worker.ts'
import type { PictureFeed } from './picture-feed.ts'

/** Beyond this the disk, not the processor, decides. */
const MOST_WORKERS = 8

/**
 * Prepares batches ahead in threads, so that an accelerator need not wait for one. The pictures are those of
 * `hostFeed`, bit for bit.
 *
 * @throws from `pictures`, PureGalaxyError `train.batch` with what reading threw
 * @param threads default: one less than there are cores, at most 8
 */
export function workerFeed(
  run: BatchWorkerRun,
  { height, width }: Pick<ImageDataset, 'height' | 'width'>,
  threads = Math.max(1, Math.min(MOST_WORKERS, availableParallelism() - 1)),
): PictureFeed {
  const pool = new Piscina({
    filename: builtScript('train/batch-worker.js'),
    minThreads: threads,
    maxThreads: threads,
    workerData: run,
  })
  const shape = [run.batchSize, height, width, 3] as const
  return {
    ahead: threads + 1,
    async pictures(indices, epoch) {
      const task: BatchWorkerTask = { indices: indices.slice(), epoch }
      const data: Uint8Array = await pool.run(task).catch((error: Error) => {
        // On its way between threads an error loses its class.
        throw new PureGalaxyError('train.batch', `A batch cannot be prepared: ${error.message}`, {
          cause: error,
        })
      })
      return { shape, dtype: 'uint8', data }
    },
    async dispose() {
      await pool.destroy()
    },
  }
}
