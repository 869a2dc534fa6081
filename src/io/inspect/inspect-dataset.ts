import { stat } from 'node:fs/promises'
import { fileError } from '../file-errors.ts'
import { GROUP_RADIUS_ARCSEC } from '../sky/index.ts'
import { dataHash, groupRows, hashedFieldsOf, type SplitSource, strataOf } from '../split/index.ts'
import type { OpenDatasetOptions } from '../types.ts'
import type { DatasetInspection, NumberRange, SkyCoverage } from './dataset-inspection.ts'
import { type InspectionSource, openInspectionSource } from './inspection-source.ts'

export interface InspectOptions extends OpenDatasetOptions {
  /** Arcseconds within which rows are one group; default 67. */
  readonly groupRadius?: number
}

/** Declination above which the Legacy Surveys' pictures come from BASS and MzLS and not from DECam, degrees. */
const NORTHERN_IMAGING_DEC = 32.375

/**
 * Says what is in a data set: an HDF5 file, a CSV file of coordinates, or whatever else `openDataset` opens.
 *
 * @throws those of the opener, `sky.coordinates` naming the row of a position that is none, `sky.radius`
 * @example
 * const inspection = await inspectDataset('Galaxy10_DECals.h5')
 * inspection.chunks // [555, 16, 16, 1]
 * inspection.duplicatePositions // 59
 */
export async function inspectDataset(path: string, options: InspectOptions = {}): Promise<DatasetInspection> {
  const { groupRadius = GROUP_RADIUS_ARCSEC, ...opening } = options
  const source = await openInspectionSource(path, opening)
  try {
    const { columns } = source
    const groups = groupRows(columns, groupRadius)
    return {
      path,
      format: source.format,
      bytes: await bytesOf(path),
      length: columns.length,
      ...(await storageOf(path, source)),
      ...countClasses(columns),
      sky: coverageOf(columns),
      redshift: columns.redshift === undefined ? null : rangeOf(columns.redshift),
      pixelScale: columns.pixelScale === undefined ? null : rangeOf(columns.pixelScale),
      groupRadius,
      groups: groups.count,
      duplicatePositions: groups.duplicatePositions.length,
      dataHash: dataHash(columns, hashedFieldsOf(columns)),
    }
  } finally {
    await source.close()
  }
}

async function bytesOf(path: string): Promise<number | null> {
  try {
    const status = await stat(path)
    return status.isFile() ? status.size : null
  } catch (error) {
    throw fileError(error, path)
  }
}

type Storage = Pick<DatasetInspection, 'images' | 'chunks' | 'filters' | 'datasets'>

async function storageOf(path: string, { format, size, columns }: InspectionSource): Promise<Storage> {
  if (format !== 'hdf5') {
    const images = size === undefined ? null : [columns.length, ...size, 3]
    return { images, chunks: null, filters: [], datasets: [] }
  }
  const { describeHdf5 } = await import('../hdf5/index.ts')
  const { datasets, images } = await describeHdf5(path)
  return {
    images: images.shape,
    chunks: images.chunks,
    filters: images.filters.map(({ name }) => name),
    datasets,
  }
}

function countClasses(columns: SplitSource): Pick<DatasetInspection, 'classes' | 'partial' | 'unlabelled'> {
  const { names, slugs } = columns.classes ?? { names: [], slugs: [] }
  const { stratumOf, kinds } = strataOf(columns)
  const counts = new Uint32Array(kinds.length)
  for (const stratum of stratumOf) counts[stratum]!++
  const countOf = (wanted: (kind: (typeof kinds)[number]) => boolean) => counts[kinds.findIndex(wanted)] ?? 0
  return {
    classes: slugs.map((slug, label) => ({
      label,
      slug,
      name: names[label]!,
      count: countOf((kind) => kind.label === label),
    })),
    partial: kinds
      .map(({ mask }, stratum) => ({ mask, count: counts[stratum]! }))
      .filter(({ mask }) => mask !== 0)
      .sort((a, b) => a.mask - b.mask)
      .map(({ mask, count }) => ({ classes: slugs.filter((_, label) => mask & (1 << label)), count })),
    unlabelled: countOf(({ label, mask }) => label < 0 && mask === 0),
  }
}

function coverageOf({ ra, dec }: SplitSource): SkyCoverage | null {
  const ranges = ra && dec && { ra: rangeOf(ra), dec: rangeOf(dec) }
  if (!ranges?.ra || !ranges.dec) return null
  const north = dec!.reduce((count, degrees) => count + (degrees > NORTHERN_IMAGING_DEC ? 1 : 0), 0)
  return { ra: ranges.ra, dec: ranges.dec, north, south: ranges.dec.known - north }
}

/** null where no value is finite. */
function rangeOf(values: Float64Array): NumberRange | null {
  const known = values.filter((value) => Number.isFinite(value)).sort()
  if (known.length === 0) return null
  const [below, above] = [(known.length - 1) >>> 1, known.length >>> 1]
  return {
    known: known.length,
    min: known[0]!,
    median: (known[below]! + known[above]!) / 2,
    max: known.at(-1)!,
  }
}
