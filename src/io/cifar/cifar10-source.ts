import { PureGalaxyError } from '../../errors.ts'
import type { Cifar10Batch } from './cifar10-classes.ts'

/** One part of CIFAR-10 in one of its forms, ready to be decoded into a cache. */
export interface Cifar10Source {
  /** The file whose identity the cache is keyed by. */
  readonly file: string
  /** Identity of everything else that decides the pixels. */
  readonly recipe: string
  /** Number of pictures, where it is known beforehand. */
  readonly count?: number
  /** Where the cache has to go, if not beside the file. */
  readonly cacheDirectory?: string
  /** The pictures, in batches of any size. */
  batches(signal?: AbortSignal): AsyncIterable<Cifar10Batch>
}

/** The version for Python is pickle, which runs code when it is read. */
export const pythonError = (path: string): PureGalaxyError =>
  new PureGalaxyError(
    'io.cifar.python',
    `${path} is CIFAR-10's version for Python, which is not read. Give the binary version (cifar-10-binary.tar.gz).`,
  )

export const emptyError = (path: string): PureGalaxyError =>
  new PureGalaxyError(
    'io.cifar.empty',
    `${path} holds no pictures of CIFAR-10. Expected data_batch_1.bin … test_batch.bin, or train/<class>/… and test/<class>/….`,
  )

/** Whether a file is one of the version for Python. */
export const isPythonBatch = (name: string): boolean =>
  /^(data_batch_[1-5]|test_batch|batches\.meta)$/.test(name)
