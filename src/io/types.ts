import type { ClassScheme } from '../survey/galaxy10.ts'

/** Pictures with labels, read at random without holding them in memory. */
export interface ImageDataset {
  /** The path that was opened. */
  readonly path: string
  /** Identifies the data: changes when the pictures or labels do. */
  readonly hash: string
  readonly length: number
  readonly height: number
  readonly width: number
  readonly classes: ClassScheme
  /** Exact label of each picture, -1 where there is none. */
  readonly labels: Int32Array
  /** Bit mask of the classes that each label admits (bit k = class k); undefined where all labels are exact. 0: nothing known. */
  readonly allowed: Uint16Array | undefined
  readonly ids: readonly string[] | undefined
  /** Degrees, J2000. */
  readonly ra: Float64Array | undefined
  readonly dec: Float64Array | undefined
  /** Writes the pictures at `indices` to `out`, uint8 NHWC (indices.length × height × width × 3). */
  read(indices: ArrayLike<number>, out: Uint8Array): Promise<void>
  close(): Promise<void>
}

export interface OpenDatasetOptions {
  /** Resize to [height, width]; default: as stored. */
  readonly size?: readonly [number, number]
  /** For data that comes in parts (CIFAR-10, ImageNet): which; default `train`. */
  readonly subset?: string
  /** Whether pictures without labels are refused (default) or get the label -1 and the mask 0. */
  readonly labels?: 'required' | 'optional'
  readonly cacheDirectory?: string
  /**
   * Called with the path and the classes as soon as they are known, before a picture is decoded: what it throws ends the
   * opening, so that hours are not spent on data that are then refused.
   */
  readonly onClasses?: (path: string, classes: ClassScheme) => void
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}
