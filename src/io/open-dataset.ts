import { open, stat } from 'node:fs/promises'
import { PureGalaxyError } from '../errors.ts'
import { fileError } from './file-errors.ts'
import { isHdf5File } from './hdf5/is-hdf5-file.ts'
import { isFitsName, sniffPicture } from './pictures/picture-format.ts'
import { sniffArchive } from './tar/index.ts'
import type { ImageDataset, OpenDatasetOptions } from './types.ts'

/** What tells the formats apart lies in the first bytes of a file. */
const HEAD_BYTES = 4096

/**
 * Opens labelled pictures, whatever they are stored as. The format is found by content, not by name, except that a file
 * called `.h5` or `.hdf5` is meant as one; what a format needs is loaded then.
 *
 * @param path an HDF5 file; CIFAR-10 in its binary version, as folders of pictures or as a tar of either; a folder of
 *   class folders or of parts that hold them, or a tar of one (also `.gz`, `.xz`)
 * @throws PureGalaxyError `io.not-found`, `io.empty`, `io.fits`, `io.format` for anything else; those of the openers
 * @example
 *   const dataset = await openDataset('Galaxy10_DECals.h5', { size: [64, 64] })
 *   await dataset.read([7, 3], new Uint8Array(2 * 64 * 64 * 3))
 */
export async function openDataset(path: string, options: OpenDatasetOptions = {}): Promise<ImageDataset> {
  const head = await readHead(path)
  if (head !== 'folder' && (await isHdf5File(path))) {
    const { openHdf5 } = await import('./hdf5/open-hdf5.ts')
    return openHdf5(path, options)
  }
  if (head !== 'folder') refuseFits(path, head)
  const { isCifar10, openCifar10 } = await import('./cifar/index.ts')
  if (await isCifar10(path)) return openCifar10(path, options)
  if (head === 'folder' || (await sniffArchive(path)) !== undefined) {
    const { openImageFolder } = await import('./imagenet/index.ts')
    return openImageFolder(path, options)
  }
  throw unknownFormat(path, head)
}

async function readHead(path: string): Promise<Buffer | 'folder'> {
  try {
    if ((await stat(path)).isDirectory()) return 'folder'
    const handle = await open(path, 'r')
    try {
      const head = Buffer.alloc(HEAD_BYTES)
      const { bytesRead } = await handle.read(head, 0, head.length, 0)
      if (bytesRead === 0) {
        throw new PureGalaxyError('io.empty', `${path} is empty. Fetch or write the file again.`)
      }
      return head.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw fileError(error, path)
  }
}

function refuseFits(path: string, head: Buffer): void {
  const kind = sniffPicture(head)
  if (!(isFitsName(path) || (kind !== undefined && 'refused' in kind && kind.refused === 'FITS'))) return
  throw new PureGalaxyError(
    'io.fits',
    `${path}: FITS is not read yet. Turn the cut-outs into pictures with the stretch of the survey's viewer.`,
  )
}

function unknownFormat(path: string, head: Buffer): PureGalaxyError {
  const kind = sniffPicture(head)
  const expected = 'An HDF5 file, a folder of class folders, a tar of one, or CIFAR-10 was expected.'
  if (kind !== undefined && 'format' in kind) {
    return new PureGalaxyError(
      'io.format',
      `${path} is a single ${kind.format} picture without a label. ${expected} Single pictures can be classified.`,
    )
  }
  const named =
    kind === undefined
      ? `${path} is no data set of a format that is read`
      : `${path} is ${kind.refused}, which is not read`
  const advice = /\.[ct]sv$/i.test(path)
    ? ' A catalogue is imported together with its pictures (puregalaxy import).'
    : ''
  return new PureGalaxyError('io.format', `${named}. ${expected}${advice}`)
}
