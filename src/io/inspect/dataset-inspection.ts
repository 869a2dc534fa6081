import type { Hdf5DatasetInfo } from '../hdf5/index.ts'

export interface ClassCount {
  readonly label: number
  readonly slug: string
  readonly name: string
  /** Rows with this exact label. */
  readonly count: number
}

export interface PartialCount {
  /** Slugs of the classes that the label admits. */
  readonly classes: readonly string[]
  readonly count: number
}

/** Range of the finite values of a column. */
export interface NumberRange {
  /** Rows that have a value. */
  readonly known: number
  readonly min: number
  readonly median: number
  readonly max: number
}

export interface SkyCoverage {
  readonly ra: NumberRange
  readonly dec: NumberRange
  /**
   * Rows on either side of declination 32.375°, where the Legacy Surveys change from BASS and MzLS (north) to DECam
   * (south).
   */
  readonly north: number
  readonly south: number
}

/** What `inspectDataset` finds; every value can be written as JSON. */
export interface DatasetInspection {
  readonly path: string
  readonly format: 'hdf5' | 'csv' | 'pictures'
  /** Size of the file; null for a folder. */
  readonly bytes: number | null
  /** Rows. */
  readonly length: number
  /** Shape of the pictures as stored (of a picture folder: as they are read); null for a list of coordinates. */
  readonly images: readonly number[] | null
  /** Shape of a chunk of the pictures in HDF5; null where they are stored in one piece. */
  readonly chunks: readonly number[] | null
  /** Compression and other filters of the pictures in HDF5. */
  readonly filters: readonly string[]
  /** Every data set of an HDF5 file. */
  readonly datasets: readonly Hdf5DatasetInfo[]
  readonly classes: readonly ClassCount[]
  readonly partial: readonly PartialCount[]
  /** Rows of whose class nothing is known. */
  readonly unlabelled: number
  /** null where no row has a position. */
  readonly sky: SkyCoverage | null
  readonly redshift: NumberRange | null
  /** Arcseconds per pixel. */
  readonly pixelScale: NumberRange | null
  /** Arcseconds within which rows were grouped. */
  readonly groupRadius: number
  /** Groups of rows; a row without a position is one. */
  readonly groups: number
  /** Positions that are listed more than once. */
  readonly duplicatePositions: number
  /** As in a split file of this data. */
  readonly dataHash: string
}
