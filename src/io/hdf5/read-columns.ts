import type { ClassScheme } from '../../survey/galaxy10.ts'
import { findDatasets } from './find-datasets.ts'
import { Hdf5File } from './hdf5-file.ts'
import { imageAxes } from './image-axes.ts'
import { readNumbers, readStrings } from './read-column.ts'
import { readLabels } from './read-labels.ts'

/** What an HDF5 file says of its pictures, without the pictures. */
export interface Hdf5Columns {
  readonly path: string
  /** Number of pictures. */
  readonly length: number
  readonly classes: ClassScheme
  /** As in `ImageDataset`. */
  readonly labels: Int32Array
  readonly allowed: Uint16Array | undefined
  readonly ids: readonly string[] | undefined
  /** Degrees; NaN where unknown. */
  readonly ra: Float64Array | undefined
  readonly dec: Float64Array | undefined
  /** NaN where unknown. */
  readonly redshift: Float64Array | undefined
  /** Arcseconds per pixel; NaN where unknown. */
  readonly pixelScale: Float64Array | undefined
}

/**
 * Reads labels, masks, identifiers and positions of an HDF5 file as `openHdf5` does, and redshifts and pixel scales,
 * but decodes no picture and makes no cache.
 *
 * @throws PureGalaxyError `io.hdf5.*` for what is wrong with the file
 * @example (await readHdf5Columns('Galaxy10_DECals.h5')).ra // Float64Array of 17736 degrees
 */
export async function readHdf5Columns(path: string): Promise<Hdf5Columns> {
  const file = await Hdf5File.open(path)
  try {
    const datasets = file.list()
    const roles = findDatasets(path, datasets, { labels: 'optional' })
    const { count, height } = imageAxes(file, roles.images)
    const numbers = (name: string | undefined) =>
      name === undefined ? undefined : readNumbers(file, name, count)
    const named = (...names: string[]) =>
      datasets.find(({ name }) => names.includes(name.toLowerCase()))?.name
    const hasPositions = roles.ra !== undefined && roles.dec !== undefined
    return {
      path,
      length: count,
      ...readLabels(file, roles, count, height),
      ids: roles.ids === undefined ? undefined : readStrings(file, roles.ids, count),
      ra: hasPositions ? numbers(roles.ra) : undefined,
      dec: hasPositions ? numbers(roles.dec) : undefined,
      redshift: numbers(named('redshift', 'z')),
      pixelScale: numbers(named('pxscale', 'pixel_scale')),
    }
  } finally {
    file.close()
  }
}
