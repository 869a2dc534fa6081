import { createReadStream } from 'node:fs'
import { fileError } from '../file-errors.ts'
import {
  type CatalogueHeader,
  type CatalogueRow,
  type CatalogueRowsOptions,
  catalogueRows,
} from './catalogue-rows.ts'

/** A catalogue that was read whole. */
export interface Catalogue extends CatalogueHeader {
  readonly path: string
  readonly rows: readonly CatalogueRow[]
}

export interface ReadCatalogueOptions extends Pick<CatalogueRowsOptions, 'required'> {
  readonly signal?: AbortSignal
}

/**
 * Reads a CSV catalogue (`catalogueRows` has what it may be). Cells stay text: identifiers have more digits than a
 * JavaScript number.
 *
 * @throws PureGalaxyError those of `catalogueRows` and of `fileError`
 * @example
 *   const catalogue = await readCatalogue('train.csv', { required: ['file'] })
 *   catalogue.rows[0].file // 'g00000.webp'
 */
export async function readCatalogue(path: string, options: ReadCatalogueOptions = {}): Promise<Catalogue> {
  const { required, signal } = options
  let header: CatalogueHeader = { columns: [], fields: {} }
  const rows: CatalogueRow[] = []
  try {
    const onHeader = (found: CatalogueHeader) => {
      header = found
    }
    for await (const row of catalogueRows(createReadStream(path, { signal }), path, { required, onHeader }))
      rows.push(row)
  } catch (error) {
    throw fileError(error, path)
  }
  return { path, ...header, rows }
}
