import { conv2d, maxPool, type Tensor4D } from '@tensorflow/tfjs-core'

/**
 * Convolution with PyTorch's explicit symmetric padding, (kernel − 1)/2 zeros on every side, and output side
 * floor((side + 2·padding − kernel)/stride) + 1. TensorFlow's "same" pads asymmetrically at stride 2, so it is not used.
 *
 * @param x [n, h, w, in]
 * @param kernel [k, k, in, out], k odd
 */
export function convolve(x: Tensor4D, kernel: Tensor4D, stride: number): Tensor4D {
  const padding = (kernel.shape[0] - 1) / 2
  return conv2d(x, kernel, stride, padding, 'NHWC', 1, 'floor')
}

/** Maximum over 3×3 windows, stride 2, padding 1 (which never wins). [n, h, w, c] → [n, ⌈h/2⌉, ⌈w/2⌉, c]. */
export function stemPool(x: Tensor4D): Tensor4D {
  return maxPool(x, 3, 2, 1, 'floor')
}
