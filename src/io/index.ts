/**
 * Files in and out. Everything that reads pictures ends in an `ImageDataset` (types.ts), whatever the format; everything
 * that is written appears whole under its final name or not at all. This folder knows formats, caches and catalogues; it
 * does not know models or tensors, prints nothing, and loads heavy libraries (h5wasm, sharp) only when a file needs them.
 */

export { userCacheFolder } from '../user-cache-folder.ts'
export { type AtomicPath, atomicPath, writeFileAtomic } from './atomic.ts'
export {
  FlatCache,
  type FlatCacheRequest,
  type JsonValue,
  openFlatCache,
  type PictureProducer,
  type PictureSink,
  sourceIdentity,
} from './cache/index.ts'
export {
  type Catalogue,
  type CatalogueField,
  type CatalogueLabels,
  type CatalogueNumberField,
  type CatalogueRow,
  catalogueCoordinates,
  catalogueLabels,
  catalogueNumbers,
  type ImportedPictures,
  type ImportPicturesOptions,
  type ImportSource,
  importPictures,
  openPredictionsWriter,
  type PredictionRow,
  type PredictionsFormat,
  type PredictionsWriter,
  type PredictionsWriterOptions,
  type ReadCatalogueOptions,
  type RefusedPicture,
  readCatalogue,
} from './catalogue/index.ts'
export { CIFAR10, isCifar10, openCifar10 } from './cifar/index.ts'
export { fileError } from './file-errors.ts'
export {
  describeHdf5,
  type Galaxy10Batch,
  type Hdf5DatasetInfo,
  type Hdf5Description,
  type WriteGalaxy10Options,
  writeGalaxy10,
} from './hdf5/index.ts'
export { openImageFolder } from './imagenet/index.ts'
export {
  type ContactSheetOptions,
  type DatasetInspection,
  formatInspection,
  type InspectOptions,
  inspectDataset,
  renderContactSheet,
  writeContactSheet,
} from './inspect/index.ts'
export { openDataset } from './open-dataset.ts'
export {
  type DecodeAllOptions,
  type DecodedPicture,
  type DecodePictureOptions,
  decodeAll,
  decodePicture,
  defaultConcurrency,
  type FoundPicture,
  findPictures,
  listPictures,
  mapOrdered,
  type Picture,
  type PictureFit,
  type ResizePictureOptions,
  resizePicture,
} from './pictures/index.ts'
export {
  decodeSafetensors,
  encodeSafetensors,
  type Safetensors,
  type SafetensorsDType,
  type SafetensorsTensor,
} from './safetensors.ts'
export {
  angularSeparation,
  checkCoordinates,
  duplicatePositions,
  GROUP_RADIUS_ARCSEC,
  groupBySkyPosition,
  type SkyCoordinates,
  type SkyGroups,
} from './sky/index.ts'
export {
  type DatasetSplit,
  openSplitSource,
  readSplit,
  type SplitOptions,
  type SplitSource,
  splitDataset,
  type ValidationSplitOptions,
  validationSplit,
  writeSplit,
} from './split/index.ts'
export type { ImageDataset, OpenDatasetOptions } from './types.ts'
