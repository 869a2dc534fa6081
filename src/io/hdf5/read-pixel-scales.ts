import { isHdf5File } from './is-hdf5-file.ts'
import { readHdf5Columns } from './read-columns.ts'

/** Arcseconds per pixel of every picture of a data set, where it is an HDF5 file that says; NaN where one is unknown. */
export async function readPixelScales(path: string): Promise<Float64Array | undefined> {
  return (await isHdf5File(path)) ? (await readHdf5Columns(path)).pixelScale : undefined
}
