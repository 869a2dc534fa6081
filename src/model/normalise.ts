import { add, cast, mul, type Tensor4D, tensor1d } from '@tensorflow/tfjs-core'

/** Mean and standard deviation of each channel, in units of the full scale (0 to 1). */
export interface Normalisation {
  readonly mean: readonly [number, number, number]
  /** Above 0. */
  readonly std: readonly [number, number, number]
}

/**
 * (x/255 − mean)/std, channel by channel, as one product and one sum.
 *
 * @param images [n, h, w, 3], int32, 0 to 255
 * @returns float32, same shape
 */
export function normalise(images: Tensor4D, { mean, std }: Normalisation): Tensor4D {
  const scale = tensor1d(std.map((deviation) => 1 / (255 * deviation)))
  const shift = tensor1d(mean.map((average, channel) => -average / std[channel]!))
  return add(mul(cast(images, 'float32'), scale), shift)
}
