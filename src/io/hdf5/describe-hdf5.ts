import { findDatasets } from './find-datasets.ts'
import { type Hdf5DatasetInfo, Hdf5File } from './hdf5-file.ts'

/** What an HDF5 file holds. */
export interface Hdf5Description {
  readonly datasets: readonly Hdf5DatasetInfo[]
  /** The data set that `openDataset` takes the pictures from. */
  readonly images: Hdf5DatasetInfo
}

/**
 * Lists the data sets of an HDF5 file with shape, type, chunks and filters, without reading their values.
 *
 * @throws PureGalaxyError `io.hdf5.signature`, `io.hdf5.truncated`, `io.hdf5.missing` where there are no pictures …
 * @example (await describeHdf5('Galaxy10_DECals.h5')).images.chunks // [555, 16, 16, 1]
 */
export async function describeHdf5(path: string): Promise<Hdf5Description> {
  const file = await Hdf5File.open(path)
  try {
    const datasets = file.list()
    return { datasets, images: findDatasets(path, datasets, { labels: 'optional' }).images }
  } finally {
    file.close()
  }
}
