import { PureGalaxyError } from '../../errors.ts'
import { quoteCell } from './catalogue-rows.ts'
import type { Catalogue } from './read-catalogue.ts'

export type CatalogueNumberField = 'ra' | 'dec' | 'pixelScale' | 'redshift'

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const MISSING = /^(nan|null|none|n\/a)?$/i

/** Whether a cell says that nothing is known: empty, or what programs write for it. */
export const isMissing = (cell: string | undefined): boolean => cell === undefined || MISSING.test(cell)

/** The number in a cell: NaN where it is missing, undefined where it is no decimal number. */
export function decimalOf(cell: string): number | undefined {
  if (isMissing(cell)) return Number.NaN
  return DECIMAL.test(cell) ? Number(cell) : undefined
}

/**
 * A column of numbers, NaN where the cell is empty or says `nan`; undefined where the catalogue lacks the column.
 *
 * @throws PureGalaxyError `io.catalogue.value` naming line, column and cell where it is no decimal number
 * @example catalogueNumbers(catalogue, 'redshift') // Float64Array
 */
export function catalogueNumbers(
  catalogue: Catalogue,
  field: CatalogueNumberField,
): Float64Array | undefined {
  if (catalogue.fields[field] === undefined) return undefined
  return Float64Array.from(catalogue.rows, (row) => {
    const cell = row[field]!
    const value = decimalOf(cell)
    if (value !== undefined) return value
    throw new PureGalaxyError(
      'io.catalogue.value',
      `${catalogue.path}, line ${row.line}: ${catalogue.fields[field]} is ${quoteCell(cell)}, and a decimal number was expected. Correct it, or leave it empty.`,
    )
  })
}

/**
 * Right ascension and declination in decimal degrees, NaN where unknown; undefined where the catalogue lacks either column.
 *
 * @throws PureGalaxyError `io.catalogue.value` naming line, column and cell where it is no number, or no place on the sky
 *   (right ascension −180 to 360, declination −90 to 90), or where one of the two is there without the other
 */
export function catalogueCoordinates(
  catalogue: Catalogue,
): { ra: Float64Array; dec: Float64Array } | undefined {
  const ra = catalogueNumbers(catalogue, 'ra')
  const dec = catalogueNumbers(catalogue, 'dec')
  if (ra === undefined || dec === undefined) return undefined
  refuseOutside(catalogue, 'ra', ra, -180, 360)
  refuseOutside(catalogue, 'dec', dec, -90, 90)
  return { ra, dec }
}

function refuseOutside(
  catalogue: Catalogue,
  field: 'ra' | 'dec',
  degrees: Float64Array,
  least: number,
  most: number,
): void {
  const at = degrees.findIndex((value) => value < least || value > most)
  if (at === -1) return
  throw new PureGalaxyError(
    'io.catalogue.value',
    `${catalogue.path}, line ${catalogue.rows[at]!.line}: ${catalogue.fields[field]} is ${degrees[at]}, and degrees from ${least} to ${most} were expected. Correct it, or leave it empty.`,
  )
}

/**
 * Refuses a row that has one of right ascension and declination: a slip of whoever made the catalogue, which would be
 * lost in silence if it were taken for no position.
 *
 * @throws PureGalaxyError `io.catalogue.value` naming line and columns
 */
export function refuseHalfPositions(
  { path, rows, fields }: Catalogue,
  { ra, dec }: { readonly ra: Float64Array; readonly dec: Float64Array },
): void {
  const at = ra.findIndex((degrees, row) => Number.isNaN(degrees) !== Number.isNaN(dec[row]))
  if (at === -1) return
  const [there, missing] = Number.isNaN(ra[at]) ? [fields.dec, fields.ra] : [fields.ra, fields.dec]
  throw new PureGalaxyError(
    'io.catalogue.value',
    `${path}, line ${rows[at]!.line}: ${there} is given and ${missing} is not. Fill in both, or leave both empty.`,
  )
}
