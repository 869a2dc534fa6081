import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { constant } from '../../../src/engine/graph/build.ts'
import { simplify } from '../../../src/engine/graph/simplify.ts'
import type { TensorFunction, TensorSpec } from '../../../src/engine/index.ts'
import { lowerToStableHlo, type StableHloOptions } from '../../../src/engine/stablehlo/lower.ts'
import { denseValues } from '../../../src/engine/stablehlo/notation.ts'
import { traceFunction } from '../../../src/engine/trace/trace.ts'

const floats = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' })

const textOf = (fn: TensorFunction, inputs: readonly TensorSpec[], options?: StableHloOptions) =>
  lowerToStableHlo(
    simplify(traceFunction(fn, inputs), { keepInputGradients: options?.accelerated ?? false }),
    options,
  )

const convolution: TensorFunction = ([x, w]) => {
  const y = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same')
  const { grads } = tf.valueAndGrads((a, b) => tf.sum(tf.log(tf.exp(y(a!, b!)))) as tf.Scalar)([x!, w!])
  return [...grads, tf.matMul(tf.reshape(x!, [-1, 4]), tf.reshape(x!, [4, -1]))]
}

describe('the text of a StableHLO program', () => {
  it('names inputs by position and returns outputs in order', () => {
    const text = textOf(([a, b]) => [tf.sub(b!, a!), a!], [floats(2), floats(2)])
    expect(text).toContain(
      'func.func public @main(%arg0: tensor<2xf32>, %arg1: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {',
    )
    expect(text).toMatch(/"stablehlo\.subtract"\(%arg1, %arg0\)/)
    expect(text).toMatch(/return %\d+, %arg0 : tensor<2xf32>, tensor<2xf32>/)
  })

  it.each([
    { device: 'a CPU', accelerated: false, types: /convert|convolution|dot_general/ },
    // What turns a filter comes last, and so turns what is rounded.
    { device: 'a GPU', accelerated: true, types: /convert|convolution|dot_general|reverse/ },
  ])(
    'rounds operands of products and results of convolutions to bfloat16 for $device, and nothing else',
    ({ accelerated, types }) => {
      const options = { precision: 'bfloat16', accelerated } as const
      const text = textOf(convolution, [floats(1, 4, 4, 4), floats(3, 3, 4, 4)], options)
      const lines = text.split('\n').filter((line) => line.includes('bf16'))
      const typesOf = (name: string) =>
        lines.flatMap((line) =>
          line.includes(name) ? [line.slice(line.lastIndexOf(':')).match(/b?f\d+/g)] : [],
        )
      expect(typesOf('stablehlo.convolution')).toEqual(Array(3).fill(['bf16', 'bf16', 'bf16']))
      expect(typesOf('stablehlo.dot_general')).toEqual([['bf16', 'bf16', 'f32']])
      expect(lines.filter((line) => !types.test(line))).toEqual([])
    },
  )

  it('lets XLA see for a GPU that a convolution is the gradient of pictures, and merges what it likes', () => {
    const specs = [floats(1, 4, 4, 4), floats(3, 3, 4, 4)]
    expect(textOf(convolution, specs)).toContain('optimization_barrier')
    const lines = textOf(convolution, specs, { accelerated: true }).split('\n')
    expect(lines.filter((line) => line.includes('optimization_barrier'))).toEqual([])
    const [turned] = lines.flatMap((line) => /(%\d+) = "stablehlo\.reverse"\(%arg1\)/.exec(line)?.[1] ?? [])
    expect(lines.filter((line) => line.includes(`, ${turned})`))).toEqual([
      expect.stringMatching(/stablehlo\.convolution.*\[b, 0, 1, f\]x\[0, 1, o, i\]->\[b, 0, 1, f\]/),
    ])
  })

  it('keeps products of float32 to full precision, on devices that would round', () => {
    const text = textOf(convolution, [floats(1, 4, 4, 4), floats(3, 3, 4, 4)])
    expect(text).not.toContain('bf16')
    expect(text.match(/#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>/g)).toHaveLength(4)
  })

  it('leaves the precision of products to the device where TensorFloat-32 will do', () => {
    const text = textOf(convolution, [floats(1, 4, 4, 4), floats(3, 3, 4, 4)], { precision: 'tensorfloat32' })
    expect(text).not.toContain('bf16')
    expect(text.match(/#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>/g)).toHaveLength(4)
  })

  it('turns the filter by an operation of its own, never by a reversed window', () => {
    const text = textOf(convolution, [floats(1, 4, 4, 4), floats(3, 3, 4, 4)])
    expect(text).toContain('"stablehlo.reverse"')
    expect(text).not.toContain('window_reversal')
  })

  it('writes numbers to the bit, those that are not finite too', () => {
    expect(denseValues(Float32Array.of(0.1))).toBe('dense<0x3dcccccd>')
    expect(denseValues(Float32Array.of(-0))).toBe('dense<0x80000000>')
    expect(denseValues(Float32Array.of(Number.NaN))).toBe('dense<0x7fc00000>')
    expect(denseValues(Float32Array.of(Number.NEGATIVE_INFINITY))).toBe('dense<0xff800000>')
    expect(denseValues(Float32Array.of(1, -2))).toBe('dense<"0x0000803f000000c0">')
    expect(denseValues(Int32Array.of(-7))).toBe('dense<-7>')
    expect(denseValues(Uint8Array.of(1, 255))).toBe('dense<"0x01ff">')
    expect(denseValues(new Float32Array(0))).toBe('dense<>')
  })

  it('writes the number alone where all elements have the same bits', () => {
    expect(denseValues(new Float32Array(3).fill(1))).toBe('dense<0x3f800000>')
    expect(denseValues(Float32Array.of(0, -0))).toBe('dense<"0x0000000000000080">')
    expect(denseValues(new Float32Array(4).fill(2).subarray(1, 3))).toBe('dense<0x40000000>')
    expect(denseValues(Uint8Array.of(7, 7))).toBe('dense<7>')
  })

  it('writes a constant that repeats once', () => {
    const a = constant(Float32Array.of(2), [], 'float32')
    const b = constant(Float32Array.of(2), [], 'float32')
    const text = lowerToStableHlo({ inputs: [], outputs: [a, b] })
    expect(text.match(/stablehlo\.constant/g)).toHaveLength(1)
  })

  it('lets truth values leave as int32', () => {
    const text = textOf(([a]) => [tf.greater(a!, 0)], [floats(3)])
    expect(text).toContain('-> (tensor<3xi32>)')
  })
})
