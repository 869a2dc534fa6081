import type { JobItem, JobResult, JobRow } from '../job.ts'

/** Bytes that a row takes beside its texts and its picture, and that its result takes beside what the row took. */
export const ROW_BYTES = { waiting: 64, result: 128 }

/** A row of the table `pending`. */
export interface StoredRow {
  readonly row: number
  readonly id: string
  readonly ra: number | null
  readonly dec: number | null
  readonly pixel_scale: number | null
  readonly picture: ArrayBuffer | null
}

/** A row of the table `results`. */
export interface StoredResult extends Omit<StoredRow, 'pixel_scale' | 'picture'> {
  readonly probabilities: ArrayBuffer | null
  readonly error: string | null
}

export function rowOf({ row, id, ra, dec, pixel_scale, picture }: StoredRow): JobRow {
  return {
    row,
    id,
    ...known({ ra, dec, pixelScale: pixel_scale }),
    ...(picture === null ? {} : { picture: new Uint8Array(picture) }),
  }
}

export function resultOf({ row, id, ra, dec, probabilities, error }: StoredResult): JobResult {
  return {
    row,
    id,
    ...known({ ra, dec, error }),
    ...(probabilities === null ? {} : { probabilities: new Float64Array(probabilities) }),
  }
}

/** Bytes that a row takes while it waits. */
export function bytesOf({ id, picture, error = '' }: JobItem): number {
  return ROW_BYTES.waiting + Buffer.byteLength(id) + Buffer.byteLength(error) + (picture?.length ?? 0)
}

/** Without what is null. */
const known = <Cells extends Record<string, unknown>>(cells: Cells) =>
  Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== null)) as {
    [Name in keyof Cells]?: Exclude<Cells[Name], null>
  }
