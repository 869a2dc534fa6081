import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import {
  type PredictionContext,
  type PredictionRow,
  predictionCells,
  predictionColumns,
} from './prediction-row.ts'

/** Comma-separated values with a header, or one JSON object a line. */
export type PredictionsFormat = 'csv' | 'ndjson'

/** How predictions become text, and how a row that was cut off is told from a whole one. */
export interface PredictionEncoding {
  /** What the file begins with. */
  readonly header: string
  encode(rows: readonly PredictionRow[]): string
  /** Whether a line end inside quotes belongs to a cell. */
  readonly quoted: boolean
  /** The columns of a whole row or header, in order. */
  columns(record: Buffer): string[]
  /** Identifier, model and model version of a whole row. */
  identify(record: Buffer): { id: string; model: string; modelVersion: string }
  /** Identifier of a whole row, without parsing all of it where that can be avoided. */
  id(record: Buffer): string
}

export function predictionEncoding(
  format: PredictionsFormat,
  context: PredictionContext,
): PredictionEncoding {
  return format === 'csv' ? csvEncoding(context) : ndjsonEncoding(context)
}

function csvEncoding(context: PredictionContext): PredictionEncoding {
  const cells = (record: Buffer): string[] => parse(record)[0] ?? []
  return {
    header: stringify([predictionColumns(context.classes)]),
    encode: (rows) => stringify(rows.map((row) => predictionCells(row, context))),
    quoted: true,
    columns: cells,
    identify(record) {
      const row = cells(record)
      return { id: row[0] ?? '', model: row.at(-2) ?? '', modelVersion: row.at(-1) ?? '' }
    },
    id: firstCell,
  }
}

function ndjsonEncoding(context: PredictionContext): PredictionEncoding {
  const columns = predictionColumns(context.classes)
  const parseRow = (record: Buffer) => JSON.parse(record.toString()) as Record<string, string>
  return {
    header: '',
    encode: (rows) =>
      rows.map((row) => `${JSON.stringify(named(columns, predictionCells(row, context)))}\n`).join(''),
    quoted: false,
    columns: (record) => Object.keys(parseRow(record)),
    identify(record) {
      const row = parseRow(record)
      return { id: row.id!, model: row.model!, modelVersion: row.model_version! }
    },
    id: (record) => parseRow(record).id!,
  }
}

const QUOTE = 0x22
const COMMA = 0x2c

/** The first cell of a CSV row; parsing whole rows would take minutes for ten million of them. */
function firstCell(record: Buffer): string {
  if (record[0] !== QUOTE) return record.toString('utf8', 0, record.indexOf(COMMA))
  let end = record.indexOf(QUOTE, 1)
  while (record[end + 1] === QUOTE) end = record.indexOf(QUOTE, end + 2)
  return record.toString('utf8', 1, end).replaceAll('""', '"')
}

const named = (columns: readonly string[], cells: readonly unknown[]): Record<string, unknown> =>
  Object.fromEntries(columns.map((column, at) => [column, cells[at]]))
