import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { simplify } from '../../../src/engine/graph/simplify.ts'
import { traceFunction } from '../../../src/engine/trace/trace.ts'
import type { TensorFunction } from '../../../src/engine/types.ts'
import { convolutionOptions } from '../../../src/engine/xla/convolution-library.ts'

const total = (x: tf.Tensor, w: tf.Tensor) =>
  tf.sum(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same')) as tf.Scalar

const forward: TensorFunction = ([x, w]) => [total(x!, w!)]
const gradient: TensorFunction = ([x, w]) => [tf.grad((filter) => total(x!, filter))(w!)]

function optionsOf(fn: TensorFunction, channels: number): Readonly<Record<string, string>> {
  const shapes = [
    [2, 6, 6, channels],
    [3, 3, channels, channels],
  ]
  return convolutionOptions(
    simplify(
      traceFunction(
        fn,
        shapes.map((shape) => ({ shape, dtype: 'float32' as const })),
      ),
    ),
  )
}

describe('the library of convolutions on the CPU', () => {
  it('is Eigen where gradients of wide filters do most of the work', () => {
    expect(Object.keys(optionsOf(gradient, 128))).toEqual(['xla_cpu_experimental_ynn_fusion_type'])
  })

  it.each([
    ['few channels', gradient, 64],
    ['inference', forward, 128],
  ] as const)('is left to XLA for %s', (_, fn, channels) => {
    expect(optionsOf(fn, channels)).toEqual({})
  })
})
