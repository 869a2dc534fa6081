import { PureGalaxyError } from '../../errors.ts'
import type { Hdf5DatasetInfo, Hdf5File } from './hdf5-file.ts'

/** Filters that h5wasm's HDF5 has: deflate (gzip), shuffle, Fletcher's checksum, n-bit, scale and offset. */
const FILTERS_READ = new Set([1, 2, 3, 5, 6])

/** Names for those of the registered filters that are met in practice. */
const FILTER_NAMES: Readonly<Record<number, string>> = {
  4: 'szip',
  307: 'bzip2',
  32000: 'lzf',
  32001: 'blosc',
  32004: 'lz4',
  32008: 'bitshuffle',
  32013: 'zfp',
  32015: 'zstd',
  32026: 'blosc2',
}

/**
 * Refuses a data set whose values could not be read. HDF5 itself would give zeros for virtual data sets whose sources are
 * missing, and fails late and obscurely for a filter that it lacks.
 *
 * @throws PureGalaxyError `io.hdf5.filter`, `io.hdf5.virtual`
 */
export function requireReadable(file: Hdf5File, { name, filters, isVirtual }: Hdf5DatasetInfo): void {
  const foreign = filters.find(({ id }) => !FILTERS_READ.has(id))
  if (foreign !== undefined) {
    const called = FILTER_NAMES[foreign.id] ?? (foreign.name || 'an unknown filter')
    throw new PureGalaxyError(
      'io.hdf5.filter',
      `${file.path}: the data set ${name} is compressed with ${called} (HDF5 filter ${foreign.id}), which is not supported; gzip and uncompressed data are. Store it again, for example with h5repack -f GZIP=4.`,
    )
  }
  if (isVirtual) {
    throw new PureGalaxyError(
      'io.hdf5.virtual',
      `${file.path}: the data set ${name} is virtual or a link, that is, its values lie in other files. Copy them into one file, for example with h5repack or h5copy.`,
    )
  }
}
