import type { ModelCard } from '../classify/model-card.ts'
import type { Prediction } from '../classify/prediction.ts'
import type { ClassScheme } from '../survey/galaxy10.ts'

/** What the API needs of a model; a `Classifier` is one. */
export interface ServedModel {
  readonly name: string
  readonly version: string
  readonly classes: ClassScheme
  /** Pixels that pictures must have: [height, width, 3]. */
  readonly inputSize: readonly [height: number, width: number, channels: 3]
  /** Name of the engine that it runs on. */
  readonly engine: string
  /** Told to clients where there is one. */
  readonly card?: ModelCard
  /** Whether it has run at the sizes of its batches, so that none of them is slow for being the first. */
  readonly warm?: true
  /** Why it cannot run for now, in words for clients; undefined where it can. */
  readonly unavailable?: string | undefined
  /**
   * @param pictures uint8 NHWC of the input size, any number of them
   * @throws PureGalaxyError `api.engine` where it is or becomes unavailable
   */
  predict(pictures: Uint8Array): Promise<Prediction[]>
}

/**
 * Decodes one JPEG, PNG or WebP picture to 8-bit RGB of a size: height × width × 3 bytes.
 *
 * @throws PureGalaxyError `io.picture.…`
 */
export type PictureDecoder = (
  bytes: Uint8Array,
  options: {
    readonly size: readonly [height: number, width: number]
    /** Pixels beyond which a picture is refused before it is decoded. */
    readonly maxPixels: number
    /** What errors call the picture. */
    readonly name: string
  },
) => Promise<Uint8Array>
