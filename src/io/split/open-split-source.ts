import { extname } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { type ClassScheme, GALAXY10_DECALS } from '../../survey/galaxy10.ts'
import { catalogueLabels } from '../catalogue/catalogue-labels.ts'
import { catalogueCoordinates, isMissing } from '../catalogue/catalogue-numbers.ts'
import { type Catalogue, readCatalogue } from '../catalogue/read-catalogue.ts'
import { isHdf5File } from '../hdf5/is-hdf5-file.ts'
import type { OpenDatasetOptions } from '../types.ts'
import type { SplitSource } from './split-source.ts'

/**
 * Reads what a split needs from a data set, or from a CSV file of coordinates alone: columns `ra` and `dec`, and where
 * there are, an identifier, a class and the classes allowed. A row of such a file without a position is refused,
 * since it says nothing else.
 *
 * @throws `io.catalogue.…` for a CSV file, `sky.coordinates` naming its line, and what `openDataset` throws
 * @example splitDataset(await openSplitSource('coordinates.csv'), { test: 0.1 })
 */
export async function openSplitSource(path: string, options?: OpenDatasetOptions): Promise<SplitSource> {
  if (extname(path).toLowerCase() === '.csv') return coordinatesFile(path, options?.signal)
  if (await isHdf5File(path)) {
    // Opening it as a data set would decode every picture into a cache.
    const { readHdf5Columns } = await import('../hdf5/read-columns.ts')
    return readHdf5Columns(path)
  }
  const { openDataset } = await import('../open-dataset.ts')
  const dataset = await openDataset(path, options)
  await dataset.close()
  return dataset
}

async function coordinatesFile(path: string, signal?: AbortSignal): Promise<SplitSource> {
  const catalogue = await readCatalogue(path, { required: ['ra', 'dec'], signal })
  const { ra, dec } = catalogueCoordinates(catalogue)!
  const gap = ra.findIndex((value, row) => Number.isNaN(value) || Number.isNaN(dec[row]))
  if (gap !== -1) {
    throw new PureGalaxyError(
      'sky.coordinates',
      `${path}, line ${catalogue.rows[gap]!.line}: this row has no position. Fill in ` +
        `${catalogue.fields.ra} and ${catalogue.fields.dec} in degrees, or remove the row.`,
    )
  }
  const classes = classesOf(catalogue)
  return {
    path,
    length: ra.length,
    ra,
    dec,
    ids: catalogue.fields.id === undefined ? undefined : catalogue.rows.map((row) => row.id!),
    classes,
    ...(classes && catalogueLabels(catalogue, classes)),
  }
}

/** Galaxy10's classes where they fit the labels of the file, else the labels themselves, sorted. */
function classesOf({ fields, rows }: Catalogue): ClassScheme | undefined {
  if (fields.label === undefined && fields.allowed === undefined) return undefined
  const labels = [...new Set(rows.map(({ label }) => label))].filter((label) => !isMissing(label)) as string[]
  const known = new Set(
    [...GALAXY10_DECALS.names, ...GALAXY10_DECALS.slugs].map((name) => name.toLowerCase()),
  )
  if (labels.every((label) => known.has(label.toLowerCase()) || /^\d(\.0*)?$/.test(label)))
    return GALAXY10_DECALS
  const names = labels.sort()
  return { names, slugs: names }
}
