import * as tf from '@tensorflow/tfjs-core'
import type { TensorFunction } from '../../src/engine/index.ts'

const convolve = (x: tf.Tensor, w: tf.Tensor, stride: number, pad: number) =>
  tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad, 'NHWC', 1, 'floor')

const convolution =
  (stride: number, pad: number): TensorFunction =>
  (inputs) => {
    const weighted = (x: tf.Tensor, w: tf.Tensor, dy: tf.Tensor) =>
      tf.sum(tf.mul(convolve(x, w, stride, pad), dy))
    const [x, w, dy] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor]
    const { value, grads } = tf.valueAndGrads((a, b) => weighted(a!, b!, dy) as tf.Scalar)([x, w])
    return [value, convolve(x, w, stride, pad), ...grads]
  }

/** A function of float32 tensors, and shapes to try it with. */
export interface OperationCase {
  readonly what: string
  readonly shapes: readonly (readonly number[])[]
  readonly fn: TensorFunction
}

/** Filters of 1, 3 and 7, strides 1 and 2, odd sizes, channels that fill blocks of 8 and 16 and channels that do not. */
export const CONVOLUTIONS: OperationCase[] = [
  { size: 3, stride: 1, pad: 1, n: 2, h: 9, w: 7, i: 16, o: 16 },
  { size: 3, stride: 1, pad: 1, n: 1, h: 5, w: 6, i: 16, o: 32 },
  { size: 3, stride: 1, pad: 1, n: 17, h: 4, w: 4, i: 32, o: 16 },
  { size: 3, stride: 1, pad: 1, n: 2, h: 5, w: 5, i: 3, o: 16 },
  { size: 3, stride: 1, pad: 1, n: 2, h: 5, w: 5, i: 5, o: 7 },
  { size: 3, stride: 1, pad: 1, n: 2, h: 5, w: 5, i: 24, o: 16 },
  { size: 3, stride: 1, pad: 1, n: 2, h: 5, w: 5, i: 16, o: 24 },
  { size: 3, stride: 2, pad: 1, n: 2, h: 8, w: 8, i: 16, o: 32 },
  { size: 3, stride: 2, pad: 1, n: 3, h: 9, w: 6, i: 16, o: 16 },
  { size: 3, stride: 2, pad: 1, n: 3, h: 9, w: 6, i: 4, o: 12 },
  { size: 1, stride: 1, pad: 0, n: 2, h: 5, w: 4, i: 16, o: 64 },
  { size: 1, stride: 2, pad: 0, n: 2, h: 7, w: 8, i: 16, o: 32 },
  { size: 1, stride: 2, pad: 0, n: 2, h: 8, w: 7, i: 6, o: 10 },
  { size: 7, stride: 2, pad: 3, n: 2, h: 15, w: 12, i: 3, o: 16 },
  { size: 7, stride: 2, pad: 3, n: 1, h: 16, w: 16, i: 16, o: 16 },
].map(({ size, stride, pad, n, h, w, i, o }) => {
  const out = (length: number) => Math.floor((length + 2 * pad - size) / stride) + 1
  return {
    what: `${size}×${size} convolution, stride ${stride}, ${n}×${h}×${w}, ${i} to ${o} channels, and its gradients`,
    shapes: [
      [n, h, w, i],
      [size, size, i, o],
      [n, out(h), out(w), o],
    ],
    fn: convolution(stride, pad),
  }
})

const one = (
  what: string,
  shapes: OperationCase['shapes'],
  fn: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
): OperationCase => ({
  what,
  shapes,
  fn: (inputs) => [fn(...inputs)].flat(),
})

/** A number for each of sixteen channels. */
const CHANNELS = Array.from({ length: 16 }, (_, channel) => channel / 8 - 1)

/** What follows a convolution stays in the convolution's layout: every operation is tried there too. */
const afterConvolution = (
  what: string,
  fn: (y: tf.Tensor, v: tf.Tensor) => tf.Tensor | tf.Tensor[],
): OperationCase => ({
  what: `${what}, after a convolution`,
  shapes: [[2, 5, 4, 16], [3, 3, 16, 16], [16]],
  fn: ([x, w, v]) => [fn(convolve(x!, w!, 1, 1), v!)].flat(),
})

export const OPERATIONS: OperationCase[] = [
  afterConvolution('a constant for each channel', (y) => tf.add(y, tf.tensor1d(CHANNELS))),
  afterConvolution('a constant for each channel, beside the sum without it', (y) => [
    tf.relu(tf.add(y, tf.tensor1d(CHANNELS))),
    tf.exp(y),
  ]),
  one(
    'arithmetic with broadcasting',
    [
      [2, 3, 4],
      [3, 1],
    ],
    (a, b) => [
      tf.add(a, b),
      tf.sub(a, b),
      tf.mul(a, b),
      tf.div(a, tf.add(tf.square(b), 1)),
      tf.maximum(a, b),
      tf.minimum(a, b),
      tf.squaredDifference(a, b),
    ],
  ),
  one('unary functions', [[3, 5]], (x) => {
    const positive = tf.add(tf.square(x), 0.1)
    return [
      tf.exp(x),
      tf.log(positive),
      tf.sqrt(positive),
      tf.rsqrt(positive),
      tf.reciprocal(positive),
      tf.neg(x),
      tf.abs(x),
      tf.relu(x),
      tf.sigmoid(x),
      tf.softplus(x),
      tf.step(x),
      tf.clipByValue(x, -0.5, 0.5),
    ]
  }),
  one(
    'comparisons, logic and choices',
    [
      [4, 3],
      [4, 3],
    ],
    (a, b) => [
      tf.where(tf.greater(a, b), a, b),
      tf.where(tf.logicalNot(tf.lessEqual(a, b)), tf.zerosLike(a), b),
      tf.cast(tf.logicalAnd(tf.less(a, 0), tf.greaterEqual(b, 0)), 'float32'),
      tf.cast(tf.equal(a, a), 'int32'),
      tf.cast(tf.notEqual(a, b), 'float32'),
      tf.where(tf.greater(tf.sum(a, 1, true), 0), a, b),
    ],
  ),
  one(
    'a choice between large tensors and zero',
    [
      [50, 100],
      [50, 100],
    ],
    (a, b) => [
      tf.where(tf.greater(a, b), a, tf.zerosLike(a)),
      tf.where(tf.greater(a, b), tf.zerosLike(a), b),
    ],
  ),
  one('tests for numbers that are not finite', [[6]], (x) => {
    const odd = tf.concat([tf.log(tf.neg(tf.abs(x))), tf.div(x, tf.zerosLike(x)), x])
    return [tf.cast(tf.isFinite(odd), 'int32'), tf.cast(tf.isNaN(odd), 'int32')]
  }),
  one('reductions', [[2, 3, 4, 5]], (x) => [
    tf.sum(x),
    tf.sum(x, [0, 2]),
    tf.mean(x, [1, 2]),
    tf.max(x, -1, true),
    tf.min(x, 0),
    tf.argMax(x, -1),
  ]),
  one('shapes', [[2, 3, 4]], (x) => [
    tf.reshape(x, [4, -1]),
    tf.transpose(x, [2, 0, 1]),
    tf.tile(x, [2, 1, 3]),
    tf.pad(
      x,
      [
        [1, 0],
        [0, 2],
        [1, 1],
      ],
      3,
    ),
    tf.slice(x, [1, 0, 1], [1, -1, 2]),
    tf.stridedSlice(x, [0, 0, 0], [2, 3, 4], [1, 2, 3]),
    tf.reverse(x, [0, 2]),
    tf.concat([x, x], 1),
    tf.stack([x, x], 1),
    tf.expandDims(x, 1),
    tf.broadcastTo(tf.slice(x, [0, 0, 0], [1, 3, 1]), [2, 3, 4]),
    tf.gather(x, tf.tensor1d([1, 0, 1], 'int32')),
  ]),
  one('softmax, its logarithm and one-hot vectors', [[4, 7]], (x) => [
    tf.softmax(x),
    tf.logSoftmax(x),
    tf.oneHot(tf.cast(tf.argMax(x, -1), 'int32'), 7),
  ]),
  one(
    'matrix products',
    [
      [3, 4],
      [3, 5],
    ],
    (a, b) => [
      tf.matMul(a, b, true, false),
      tf.matMul(b, a, true, false),
      tf.matMul(tf.stack([a, a]), tf.stack([b, b]), true, false),
      tf.matMul(a, tf.transpose(b), true, true),
    ],
  ),
  afterConvolution('arithmetic with a value per channel', (y, v) => [
    tf.mul(y, v),
    tf.add(v, y),
    tf.sub(y, 2),
  ]),
  afterConvolution('exp, log and choices', (y) => {
    const positive = tf.maximum(y, 0.3)
    return [tf.exp(tf.mul(tf.log(positive), 0.1)), tf.where(tf.greater(y, 0.3), y, tf.zerosLike(y))]
  }),
  afterConvolution('comparison made visible', (y) => tf.cast(tf.greater(y, 0), 'int32')),
  afterConvolution('reductions', (y) => [
    tf.sum(y),
    tf.sum(y, [0, 1, 2]),
    tf.mean(y, [1, 2]),
    tf.max(y, [0, 1, 2]),
    tf.sum(y, 3),
    tf.min(y),
  ]),
  afterConvolution('a value per picture and channel spread over pixels', (y) =>
    tf.mul(tf.reshape(tf.mean(y, [1, 2]), [2, 1, 1, 16]), y),
  ),
  afterConvolution('subsampling and padding of channels', (y) =>
    tf.pad(tf.stridedSlice(y, [0, 0, 0, 0], [2, 5, 4, 16], [1, 2, 2, 1]), [
      [0, 0],
      [0, 0],
      [0, 0],
      [8, 8],
    ]),
  ),
  afterConvolution('two convolutions with a sum between', (y) =>
    tf.add(y, convolve(y, tf.ones([1, 1, 16, 16]), 1, 0)),
  ),
  {
    what: 'max pooling 3×3 with stride 2 and its gradient',
    shapes: [
      [2, 9, 8, 16],
      [2, 5, 4, 16],
    ],
    fn: ([x, dy]) => {
      const pool = (a: tf.Tensor) => tf.maxPool(a as tf.Tensor4D, 3, 2, 1, 'floor')
      return [pool(x!), tf.grad((a) => tf.sum(tf.mul(pool(a), dy!)))(x!)]
    },
  },
  {
    what: 'max pooling of ties: the first of the window takes the gradient',
    shapes: [
      [1, 6, 6, 8],
      [1, 3, 3, 8],
    ],
    fn: ([x, dy]) => {
      const pool = (a: tf.Tensor) => tf.maxPool(a as tf.Tensor4D, 3, 2, 1, 'floor')
      return [tf.grad((a) => tf.sum(tf.mul(pool(a), dy!)))(tf.zerosLike(x!))]
    },
  },
]
