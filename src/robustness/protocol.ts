/**
 * A way of making pictures worse, in steps. Each protocol is one file of this folder; the paired evaluation, the
 * tables and the files know only this interface.
 */
export interface NoiseProtocol {
  /** `counts` … */
  readonly name: string
  /** What a level means, for tables: `photons at full scale`. */
  readonly unit: string
  /** From the mildest to the worst. */
  readonly levels: readonly number[]
  /**
   * Writes noisy copies of pictures, uint8 NHWC. What is drawn for a picture depends only on (seed, level, its index
   * in the data set, pixel): not on the batch that it is in, nor on the model.
   *
   * @param pictures uint8, indices.length × pixels
   * @param indices of the pictures in the data set
   * @param out same length as `pictures`, or the same array
   */
  apply(pictures: Uint8Array, indices: ArrayLike<number>, level: number, seed: number, out: Uint8Array): void
}
