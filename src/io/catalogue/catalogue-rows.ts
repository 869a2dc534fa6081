import { type Readable, Transform } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { PureGalaxyError } from '../../errors.ts'

/** What a column of a catalogue can mean here. */
export type CatalogueField = 'file' | 'id' | 'label' | 'allowed' | 'ra' | 'dec' | 'pixelScale' | 'redshift'

/** Names that columns go by, in lower case; where a catalogue has several of them the first listed here counts. */
const COLUMN_NAMES: Readonly<Record<CatalogueField, readonly string[]>> = {
  file: ['file', 'filename', 'file_name', 'path'],
  id: ['id', 'objid', 'object_id', 'source_id', 'iauname'],
  label: ['galaxy10', 'label', 'class'],
  allowed: ['allowed'],
  ra: ['ra', 'ra_deg', 'raj2000'],
  dec: ['dec', 'dec_deg', 'dej2000', 'decj2000'],
  pixelScale: ['pixscale', 'pxscale', 'pixel_scale'],
  redshift: ['redshift'],
}

const FIELDS = Object.keys(COLUMN_NAMES) as CatalogueField[]

/** A longer row is an unclosed quote that swallows the rest of the file. */
const MAX_ROW_CHARACTERS = 1_000_000

/** Columns of a catalogue that lacks one, in the message that says so. */
const COLUMNS_SHOWN = 40

/** Characters of a name or cell that a message shows. */
const LONGEST_SHOWN = 60

/** One row: the text of each field, trimmed; absent where the catalogue has no such column, '' where the cell is empty. */
export type CatalogueRow = { readonly [field in CatalogueField]?: string } & {
  /** Line of the file that the row ends on, counted from 1. */
  readonly line: number
}

/** What the first line of a catalogue says. */
export interface CatalogueHeader {
  /** As written. */
  readonly columns: readonly string[]
  /** The column that serves each field; fields without one are absent. */
  readonly fields: { readonly [field in CatalogueField]?: string }
}

export interface CatalogueRowsOptions {
  /** Fields without which the catalogue is of no use; of each inner list one is enough. */
  readonly required?: readonly (CatalogueField | readonly CatalogueField[])[]
  /** Called before the first row. */
  readonly onHeader?: (header: CatalogueHeader) => void
}

/**
 * The rows of a catalogue in CSV as they come: UTF-8 or UTF-16 with a byte order mark, any line ends, a header in its first
 * line. Columns are found by name, whatever their case and order; others are passed over. The source is destroyed when
 * the rows are not read to their end.
 *
 * @param source bytes
 * @param name what errors call the catalogue
 * @throws PureGalaxyError `io.catalogue.empty`, `io.catalogue.not-text`, `io.catalogue.columns` (naming those found),
 *   `io.catalogue.csv` (naming the line); the source's error as it is
 */
export async function* catalogueRows(
  source: Readable,
  name: string,
  { required = [], onHeader }: CatalogueRowsOptions = {},
): AsyncGenerator<CatalogueRow, void, undefined> {
  let positions: [CatalogueField, number][] | undefined
  try {
    for await (const { record, info } of parseCsv(source, name)) {
      if (positions === undefined) {
        positions = findColumns(name, record, required)
        const fields = Object.fromEntries(positions.map(([field, at]) => [field, record[at]]))
        onHeader?.({ columns: record, fields })
        continue
      }
      const row: { line: number } & Partial<Record<CatalogueField, string>> = { line: info.lines }
      for (const [field, at] of positions) row[field] = record[at]!.trim()
      yield row
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new PureGalaxyError('io.catalogue.csv', `${name}: ${explainCsvError(error)}`, { cause: error })
  }
  if (positions === undefined) {
    throw new PureGalaxyError(
      'io.catalogue.empty',
      `${name} is empty. Expected a line of column names and a row for each picture.`,
    )
  }
}

type ParsedRow = { record: string[]; info: { lines: number } }

function parseCsv(source: Readable, name: string): AsyncIterable<ParsedRow> {
  const parser = parse({ bom: true, info: true, skip_empty_lines: true, max_record_size: MAX_ROW_CHARACTERS })
  const text = refuseBinary(name)
  // `pipe` does not pass errors on, and leaves the source open when the parser fails.
  for (const stream of [source, text]) stream.on('error', (error: Error) => parser.destroy(error))
  parser.on('close', () => source.destroy())
  return source.pipe(text).pipe(parser) as AsyncIterable<ParsedRow>
}

/** Passes bytes on unless the first of them are no text: control characters, in a file that does not say it is UTF-16. */
function refuseBinary(name: string): Transform {
  let first = true
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const refused = first && !isUtf16(chunk) && chunk.subarray(0, 4096).some(isControl)
      first = false
      done(
        refused
          ? new PureGalaxyError(
              'io.catalogue.not-text',
              `${name} is not a text file, and a catalogue in CSV was expected. Name the right file, or export the table as CSV.`,
            )
          : null,
        chunk,
      )
    },
  })
}

const isUtf16 = (bytes: Buffer) => /^(fffe|feff)/.test(bytes.toString('hex', 0, 2))

/** Below the space there are tabulators, line and page ends, and the escape, 0x1b. */
const isControl = (byte: number) => byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d) && byte !== 0x1b

/** A cell as messages show it: quoted, and cut where it is long. */
export function quoteCell(cell: string | undefined): string {
  const text = cell ?? ''
  return JSON.stringify(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text)
}

function findColumns(
  name: string,
  columns: readonly string[],
  required: NonNullable<CatalogueRowsOptions['required']>,
): [CatalogueField, number][] {
  const names = columns.map((column) => column.trim().toLowerCase())
  const positions = new Map<CatalogueField, number>()
  for (const field of FIELDS) {
    const column = COLUMN_NAMES[field].find((known) => names.includes(known))
    if (column === undefined) continue
    if (names.indexOf(column) !== names.lastIndexOf(column)) {
      throw columnsError(name, columns, `has more than one column named ${column}`, 'Remove or rename one.')
    }
    positions.set(field, names.indexOf(column))
  }
  for (const alternatives of required) {
    const fields = typeof alternatives === 'string' ? [alternatives] : alternatives
    if (fields.some((field) => positions.has(field))) continue
    const wanted = fields.flatMap((field) => COLUMN_NAMES[field]).join(', ')
    throw columnsError(name, columns, 'lacks a column', `Expected one named ${wanted}.`)
  }
  return [...positions]
}

function columnsError(name: string, columns: readonly string[], what: string, advice: string) {
  const found = columns.slice(0, COLUMNS_SHOWN).map(quoteCell).join(', ')
  const more = columns.length > COLUMNS_SHOWN ? ` and ${columns.length - COLUMNS_SHOWN} more` : ''
  return new PureGalaxyError('io.catalogue.columns', `${name} ${what}. ${advice} Found: ${found}${more}.`)
}

function explainCsvError(error: CsvError): string {
  const line = typeof error.lines === 'number' ? `line ${error.lines}: ` : ''
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return `${line}this row has another number of cells than the header. Quote cells that contain commas.`
    case 'CSV_MAX_RECORD_SIZE':
      return `${line}a quote is opened and never closed, or a row has more than ${MAX_ROW_CHARACTERS} characters. Close it, or leave out what is so long.`
    case 'CSV_QUOTE_NOT_CLOSED':
      return `${line}a quote is opened and never closed. Close it, or double quotes that belong to the text.`
    default:
      return `${line}not valid CSV (${error.message.slice(0, 200)}). Quote cells that contain commas, quotes or line ends.`
  }
}
