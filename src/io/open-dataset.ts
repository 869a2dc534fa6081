import { open, stat } from 'node:fs/promises'
import { PureGalaxyError } from '../errors.ts'
import { fileError } from './file-errors.ts'
import type { ImageDataset, OpenDatasetOptions } from './types.ts'

/** What a path holds, told by its content. */
export type DatasetFormat = 'hdf5'

/**
 * Opens labelled pictures, whatever they are stored as; the libraries that a format needs are loaded then.
 *
 * @param path an HDF5 file
 * @throws PureGalaxyError `io.not-found`, `io.empty`, `io.format` for anything else, `io.fits`; those of the opener
 * @example
 *   const dataset = await openDataset('Galaxy10_DECals.h5', { size: [64, 64] })
 *   await dataset.read([7, 3], new Uint8Array(2 * 64 * 64 * 3))
 */
export async function openDataset(path: string, options: OpenDatasetOptions = {}): Promise<ImageDataset> {
  const { openHdf5 } = await import('./hdf5/open-hdf5.ts')
  return openHdf5(path, options)
}
