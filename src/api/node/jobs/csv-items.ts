import { Readable } from 'node:stream'
import { PureGalaxyError } from '../../../errors.ts'
import { decimalOf, isMissing } from '../../../io/catalogue/catalogue-numbers.ts'
import { type CatalogueRow, catalogueRows } from '../../../io/catalogue/catalogue-rows.ts'
import { checkId, positionItem } from './check-item.ts'
import type { JobItem } from './job.ts'
import type { ItemLimits } from './read-items.ts'

/** Rows of a catalogue in CSV: columns id, ra, dec and perhaps pixscale, by any of the names that `catalogueRows` knows. */
export async function* csvItems(
  body: AsyncIterable<Uint8Array>,
  _contentType: string,
  limits: ItemLimits,
): AsyncGenerator<JobItem, void, undefined> {
  const source = Readable.from(utf8(body), { objectMode: false })
  for await (const row of catalogueRows(source, 'the catalogue', { required: ['id', 'ra', 'dec'] })) {
    const id = checkId(row.id, `the catalogue, line ${row.line}`, limits)
    yield positionItem(id, valuesOf(row))
  }
}

const valuesOf = ({ ra, dec, pixelScale }: CatalogueRow) => ({
  ra: cellValue(ra),
  dec: cellValue(dec),
  pixelScale: cellValue(pixelScale),
})

/** The number of a cell, or the cell where it is none; undefined where it is missing. */
function cellValue(cell: string | undefined): number | string | undefined {
  if (isMissing(cell)) return undefined
  return decimalOf(cell!) ?? cell
}

/**
 * Passes bytes on as far as they are UTF-8: what is not would be put right in silence later.
 *
 * @throws PureGalaxyError `io.catalogue.not-text`
 */
export async function* utf8(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const check = (bytes?: Uint8Array) => {
    try {
      decoder.decode(bytes, { stream: bytes !== undefined })
    } catch (cause) {
      throw new PureGalaxyError(
        'io.catalogue.not-text',
        'The catalogue is not in UTF-8. Write it in UTF-8 and send it again.',
        { cause },
      )
    }
  }
  for await (const bytes of body) {
    check(bytes)
    yield bytes
  }
  check()
}
