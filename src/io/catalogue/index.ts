/**
 * Catalogues: tables that say what is known of pictures (CSV in), and tables of what a model thinks of them (CSV and
 * NDJSON out). `importPictures` joins folders of pictures with their catalogues into one HDF5 file. Not here: how
 * pictures are decoded (pictures/), the HDF5 layout (hdf5/), where predictions come from.
 */
export { type CatalogueLabels, catalogueLabels } from './catalogue-labels.ts'
export { type CatalogueNumberField, catalogueCoordinates, catalogueNumbers } from './catalogue-numbers.ts'
export type { CatalogueField, CatalogueRow } from './catalogue-rows.ts'
export {
  type ImportedPictures,
  type ImportPicturesOptions,
  type ImportSource,
  importPictures,
  type RefusedPicture,
} from './import-pictures.ts'
export {
  openPredictionsWriter,
  type PredictionsFormat,
  type PredictionsWriter,
  type PredictionsWriterOptions,
} from './open-predictions-writer.ts'
export type { PredictionRow } from './prediction-row.ts'
export { type Catalogue, type ReadCatalogueOptions, readCatalogue } from './read-catalogue.ts'
