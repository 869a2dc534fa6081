import type { HostTensor, TensorFunction, TensorSpec } from '../engine/types.ts'
import type { NoiseTally } from '../noise/index.ts'

/** Size of the batches that a program takes. */
export interface BatchShape {
  readonly batchSize: number
  readonly height: number
  readonly width: number
}

/** What the host reads from a picture, once for all levels and seeds. */
export interface Measured {
  /** What the program's distributions depend on: the picture's mean, its sky's noise. */
  readonly numbers: readonly number[]
  readonly tally: NoiseTally
}

/** A picture of a batch as the host knows it. */
export interface MeasuredPicture {
  readonly numbers: readonly number[]
  /** Arcseconds; NaN where not known. */
  readonly pixelScale: number
}

/** How one protocol's noise is drawn on a device, and what the host does for it. */
export interface NoiseProgram {
  /**
   * Inputs: pictures uint8 [n, h, w, 3]; their indices int32 [n]; level, seed and purpose as words, int32 [3]; the
   * tables; the figures. Output: the noisy pictures, int32 [n, h, w, 3].
   */
  readonly fn: TensorFunction
  /** Of the tables and the figures. */
  readonly inputs: readonly TensorSpec[]
  measure(picture: Uint8Array): Measured
  /** What depends on the level alone. */
  tables(level: number): HostTensor[]
  /**
   * What depends on the pictures.
   *
   * @param pictures as many as the batch has, or fewer
   * @returns the figures, and the rows that the program leaves as they are because it has no form for their noise: the
   *   host draws it
   */
  figures(pictures: readonly MeasuredPicture[], level: number): { inputs: HostTensor[]; onHost: number[] }
}
