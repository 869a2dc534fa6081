import type { PredictionRow } from '../../../io/catalogue/prediction-row.ts'
import type { ClassScheme } from '../../../survey/galaxy10.ts'

/** `done` and `cancelled` are final. */
export type JobState = 'queued' | 'running' | 'done' | 'cancelled'

/** What the rows of a job are: positions, whose pictures are fetched, or the pictures themselves. */
export type JobSource = 'catalogue' | 'pictures'

/** A job as it is stored. Times are milliseconds since 1970. */
export interface Job {
  readonly id: string
  /** Name of the key that sent it; empty where there are no keys. */
  readonly owner: string
  readonly state: JobState
  readonly source: JobSource
  readonly model: string
  readonly modelVersion: string
  readonly classes: ClassScheme
  /** Rows in all, those that have a result, and of these the ones with an error. */
  readonly rows: number
  readonly done: number
  readonly refused: number
  /** Grows with every change. */
  readonly sequence: number
  readonly created: number
  /** When its first results were stored. */
  readonly started?: number
  /** When its state became final. */
  readonly finished?: number
  /** When it changed last. */
  readonly updated: number
}

export const isFinal = ({ state }: Pick<Job, 'state'>): boolean => state === 'done' || state === 'cancelled'

/** A row as it was sent: a picture file, or a position, or the error that it ends with. */
export interface JobItem {
  readonly id: string
  readonly picture?: Uint8Array
  /** Degrees. */
  readonly ra?: number
  /** Degrees. */
  readonly dec?: number
  /** Arcseconds per pixel. */
  readonly pixelScale?: number
  /** What is wrong with it, known before it is worked on. */
  readonly error?: string
}

/** A row that waits, with its number, counted from 0. */
export type JobRow = JobItem & { readonly row: number }

/** What became of a row: the cells of a catalogue, with its number. */
export type JobResult = Pick<PredictionRow, 'id' | 'ra' | 'dec' | 'probabilities' | 'error'> & {
  readonly row: number
}
