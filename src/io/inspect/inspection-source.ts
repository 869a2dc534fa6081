import { extname } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { isHdf5File } from '../hdf5/is-hdf5-file.ts'
import type { Picture } from '../pictures/index.ts'
import { openSplitSource, type SplitSource } from '../split/index.ts'
import type { OpenDatasetOptions } from '../types.ts'
import type { DatasetInspection } from './dataset-inspection.ts'

/** A data set as inspection sees it: columns at once, pictures when asked for. */
export interface InspectionSource {
  readonly format: DatasetInspection['format']
  readonly columns: SplitSource & {
    readonly redshift?: Float64Array | undefined
    readonly pixelScale?: Float64Array | undefined
  }
  /** [height, width] of a picture where the columns say it (not for HDF5, whose layout tells more). */
  readonly size?: readonly [number, number]
  /** Reads some pictures, in the order of `rows`. */
  readPictures(rows: readonly number[]): Promise<Picture[]>
  close(): Promise<void>
}

/**
 * Opens a CSV file of coordinates, an HDF5 file (without decoding it) or any other data set.
 * @throws what `openSplitSource` and `openDataset` throw
 */
export async function openInspectionSource(
  path: string,
  options: OpenDatasetOptions = {},
): Promise<InspectionSource> {
  if (extname(path).toLowerCase() === '.csv') {
    return {
      format: 'csv',
      columns: await openSplitSource(path, options),
      async readPictures() {
        throw new PureGalaxyError(
          'inspect.no-pictures',
          `${path} is a list of coordinates and holds no pictures. Name the data set for a contact sheet.`,
        )
      },
      async close() {},
    }
  }
  if (await isHdf5File(path)) {
    const { readHdf5Columns, readHdf5Pictures } = await import('../hdf5/index.ts')
    return {
      format: 'hdf5',
      columns: await readHdf5Columns(path),
      async readPictures(rows) {
        const { height, width, pictures } = await readHdf5Pictures(path, rows, options.signal)
        return pictures.map((data) => ({ data, height, width }))
      },
      async close() {},
    }
  }
  const { openDataset } = await import('../open-dataset.ts')
  const dataset = await openDataset(path, options)
  const { height, width } = dataset
  return {
    format: 'pictures',
    columns: dataset,
    size: [height, width],
    async readPictures(rows) {
      const bytes = height * width * 3
      const pixels = new Uint8Array(rows.length * bytes)
      await dataset.read(rows, pixels)
      return rows.map((_, at) => ({ data: pixels.subarray(at * bytes, (at + 1) * bytes), height, width }))
    },
    close: () => dataset.close(),
  }
}
