/** Pictures of one size to be made worse. */
export interface NoiseBatch {
  /** uint8, n × height × width × 3 */
  readonly pictures: Uint8Array
  readonly height: number
  readonly width: number
  /** Of the n pictures in their data set, below 2³²: they name the random numbers. */
  readonly indices: ArrayLike<number>
  /** Arcseconds per pixel of each picture; NaN, or left out: the survey's native scale. */
  readonly pixelScales?: ArrayLike<number>
  /** Where to write, same length as `pictures`; may be the same array. */
  readonly out: Uint8Array
}

/** What a protocol met in pictures that its model of noise does not cover. Sums over batches by {@link addTally}. */
export interface NoiseTally {
  readonly pictures: number
  /** Channels of pixels at 0 or 255: bounds on the light, not measurements. */
  readonly clippedChannels: number
  /** Pixels at 255 in every channel: cores whose light is not known. */
  readonly saturatedPixels: number
  /** Pixels at 0 in every channel. */
  readonly blackPixels: number
  /** Pictures in whose border no noise of the sky could be measured in some band: no sky noise was added there. */
  readonly emptyBorders: number
  /** Pictures of a single colour. */
  readonly constantPictures: number
}

export const EMPTY_TALLY: NoiseTally = {
  pictures: 0,
  clippedChannels: 0,
  saturatedPixels: 0,
  blackPixels: 0,
  emptyBorders: 0,
  constantPictures: 0,
}

export function addTally(a: NoiseTally, b: NoiseTally): NoiseTally {
  const keys = Object.keys(EMPTY_TALLY) as (keyof NoiseTally)[]
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as unknown as NoiseTally
}

/** Raised when a protocol draws other noise under the same names: what was measured under an older one is not mixed in. */
export const NOISE_VERSION = 1

export type ProtocolName = 'counts' | 'additive' | 'exposure'

/** How much noise of a protocol, and which. */
export interface NoiseDose {
  /** One of the protocol's. */
  readonly level: number
  /** 0 to 2³² − 1 */
  readonly seed: number
}

/**
 * A way of making pictures worse, in steps. Each protocol is one file of this folder; augmentation, the paired evaluation
 * and the reports know only this interface.
 */
export interface NoiseProtocol {
  readonly name: ProtocolName
  /** What a level means, for tables: `photons at full scale`. */
  readonly unit: string
  /** Whether noise belongs on the pixels as they are stored, before any resizing, or on those that the model sees. */
  readonly pixels: 'stored' | 'input'
  /** From the mildest to the worst. */
  readonly levels: readonly number[]
  /**
   * Writes noisy copies of pictures. What is drawn for a pixel depends only on (seed, protocol, level, index of the
   * picture, pixel): not on the batch that it is in, the worker, nor the model.
   *
   * @param level one of `levels`
   * @param seed 0 to 2³² − 1
   * @throws PureGalaxyError `noise.level`, `noise.seed`; `noise.batch` where lengths or indices do not fit
   */
  apply(batch: NoiseBatch, level: number, seed: number): NoiseTally
}
