import type { HostTensor, TensorFunction, TensorSpec } from '../engine/types.ts'
import type { NoiseDose } from '../noise/index.ts'

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
  /** Whether no noise of the sky could be measured in some band; false where none is looked for. */
  readonly emptyBorder: boolean
}

/** A picture of a batch as the host knows it, and the noise that it is to get. */
export interface DosedPicture {
  /** In its data set: it names the random numbers. */
  readonly index: number
  /** Of `measure`. */
  readonly numbers: readonly number[]
  /** Arcseconds; NaN where not known. */
  readonly pixelScale: number
  /** Null: the picture stays as it is. */
  readonly dose: NoiseDose | null
}

/** What a batch asks of the host. */
export interface BatchFigures {
  readonly inputs: HostTensor[]
  /** Rows that the program leaves as they are because it has no form for their noise: the host draws it. */
  readonly onHost: number[]
}

/** How noise of one protocol is drawn on a device, and what the host does for it. */
export interface NoiseProgram {
  /** Inputs: pictures, uint8 [n, h, w, 3]; the tables; the figures. Output: the noisy pictures, int32 [n, h, w, 3]. */
  readonly fn: TensorFunction
  /** Of the tables and the figures. */
  readonly inputs: readonly TensorSpec[]
  measure(picture: Uint8Array): Measured
  /** What no batch changes: it may stay on the device. */
  tables(): HostTensor[]
  /**
   * What depends on the pictures.
   *
   * @param pictures as many as the batch has, or fewer: rows without a picture stay as they are
   */
  figures(pictures: readonly DosedPicture[]): BatchFigures
}
