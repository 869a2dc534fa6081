import { PureGalaxyError } from '../../errors.ts'
import { decodePicture } from '../pictures/index.ts'
import { CIFAR10, CIFAR10_SIZE, type Cifar10Batch } from './cifar10-classes.ts'

/** One picture of the picture-folder version that waits to be decoded. */
export interface EncodedPicture {
  /** Path, or the content. */
  readonly source: string | Uint8Array
  /** What errors call it. */
  readonly name: string
  /** `<class>/<picture>` */
  readonly id: string
}

/**
 * Decodes a picture of CIFAR-10; its class is that of its folder.
 *
 * @throws PureGalaxyError `io.cifar.classes` for a folder that is no class of CIFAR-10, `io.cifar.size` for a picture of
 *   another size than 32 × 32, those of `decodePicture`
 */
export async function decodeCifar10Picture({ source, name, id }: EncodedPicture): Promise<Cifar10Batch> {
  const folder = id.slice(0, id.indexOf('/'))
  const label = CIFAR10.names.indexOf(folder)
  if (label === -1) {
    throw new PureGalaxyError(
      'io.cifar.classes',
      `${name}: ${JSON.stringify(folder)} is no class of CIFAR-10. Expected ${CIFAR10.names.join(', ')}.`,
    )
  }
  const { data, height, width } = await decodePicture(source, { name })
  if (height === CIFAR10_SIZE && width === CIFAR10_SIZE) return { pixels: data, labels: [label], ids: [id] }
  throw new PureGalaxyError(
    'io.cifar.size',
    `${name} has ${height}×${width} pixels, and pictures of CIFAR-10 have 32×32. Open other pictures as a folder of classes.`,
  )
}
