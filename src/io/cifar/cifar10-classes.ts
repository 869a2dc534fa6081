import { PureGalaxyError } from '../../errors.ts'
import type { ClassScheme } from '../../survey/galaxy10.ts'

const NAMES = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const

/** The classes of CIFAR-10, in its order (which is also the alphabet's). */
export const CIFAR10: ClassScheme = { names: NAMES, slugs: NAMES }

/** Height and width in pixels. */
export const CIFAR10_SIZE = 32

/** The two parts of CIFAR-10. */
export type Cifar10Subset = 'train' | 'test'

/**
 * @param subset default `train`
 * @throws PureGalaxyError `io.cifar.subset`
 */
export function cifar10Subset(path: string, subset = 'train'): Cifar10Subset {
  if (subset === 'train' || subset === 'test') return subset
  throw new PureGalaxyError(
    'io.cifar.subset',
    `${path}: CIFAR-10 has the parts train and test, and ${subset} was asked for. Name one of these.`,
  )
}

/** Some pictures of CIFAR-10 as they come from a file. */
export interface Cifar10Batch {
  /** uint8 NHWC, n × 32 × 32 × 3. */
  readonly pixels: Uint8Array
  /** n classes, 0 to 9. */
  readonly labels: ArrayLike<number>
  /** n names; absent in the binary version, which has none. */
  readonly ids?: readonly string[]
}
