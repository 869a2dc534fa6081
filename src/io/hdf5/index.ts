/**
 * HDF5 in and out, through h5wasm: finding pictures and labels in a file, reading them in slabs that follow the chunks,
 * and writing Galaxy10's layout as a stream. Where decoded pictures are kept is the flat cache's business (../cache);
 * what other formats hold is that of the folders beside.
 */
export { describeHdf5, type Hdf5Description } from './describe-hdf5.ts'
export type { Hdf5DatasetInfo } from './hdf5-file.ts'
export { isHdf5File } from './is-hdf5-file.ts'
export { openHdf5 } from './open-hdf5.ts'
export { type Hdf5Columns, readHdf5Columns } from './read-columns.ts'
export { type Hdf5Pictures, readHdf5Pictures } from './read-pictures.ts'
export { type Galaxy10Batch, type WriteGalaxy10Options, writeGalaxy10 } from './write-galaxy10.ts'
