import type { ClassScheme } from '../../survey/galaxy10.ts'

/** What a split needs to know of a data set. Every `ImageDataset` is one. */
export interface SplitSource {
  /** The file or folder, for messages. */
  readonly path?: string
  /** Number of rows (pictures). */
  readonly length: number
  readonly classes?: ClassScheme | undefined
  /** Exact label of each row, −1 where there is none. */
  readonly labels?: Int32Array | undefined
  /** Bit mask of admitted classes of each row. */
  readonly allowed?: Uint16Array | undefined
  readonly ids?: readonly string[] | undefined
  /** Degrees; NaN in both where a row has no position. */
  readonly ra?: Float64Array | undefined
  readonly dec?: Float64Array | undefined
}
