import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { binary, constant, input, node, reshape, scalar } from '../../src/engine/graph/build.ts'
import { broadcastShapes } from '../../src/engine/graph/shapes.ts'
import { simplify } from '../../src/engine/graph/simplify.ts'
import { topological } from '../../src/engine/graph/traverse.ts'
import type { Graph, Node, OperationKind } from '../../src/engine/graph/types.ts'
import type { TensorFunction, TensorSpec } from '../../src/engine/index.ts'
import { traceFunction } from '../../src/engine/trace/trace.ts'

const float = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' })
const kinds = (graph: Graph): OperationKind[] =>
  topological(graph.outputs).map(({ operation }) => operation.kind)
const values = (found: Node): number[] =>
  found.operation.kind === 'constant' ? [...found.operation.values] : []

describe('shapes', () => {
  it.each([
    [
      [
        [2, 1, 3],
        [4, 1],
      ],
      [2, 4, 3],
    ],
    [[[], [5]], [5]],
    [[[2], [3]], undefined],
  ])('broadcasts %j to %j', (shapes, expected) => {
    expect(broadcastShapes(...shapes)).toEqual(expected)
  })

  it('infers the output of a convolution with stride and padding, dropping partial windows', () => {
    const window = {
      kernel: [3, 3],
      strides: [2, 2],
      padTop: 1,
      padBottom: 1,
      padLeft: 1,
      padRight: 1,
    } as const
    const pictures = input(0, [5, 8, 9, 3], 'float32')
    const filter = input(1, [3, 3, 3, 16], 'float32')
    expect(node({ kind: 'conv2d', window }, [pictures, filter]).shape).toEqual([5, 4, 5, 16])
  })

  it('names the operation and both shapes where operands do not fit', () => {
    const [a, b] = [input(0, [2, 3], 'float32'), input(1, [4], 'float32')]
    expect(() => binary('add', a, b)).toThrow(/"add" of float32\[2,3\] and float32\[4\]/)
    expect(() => reshape(a, [7])).toThrow(/\[7\] has another number of elements/)
  })

  it('gives comparisons the type bool and positions the type int32', () => {
    const x = input(0, [2, 3], 'float32')
    expect(binary('less', x, x).dtype).toBe('bool')
    expect(node({ kind: 'argMax' }, [x])).toMatchObject({ dtype: 'int32', shape: [2] })
  })
})

describe('tracing', () => {
  it('records what a function does, with gradients', () => {
    const fn: TensorFunction = ([x]) => [tf.grad((a) => tf.sum(tf.exp(a)))(x!)]
    const graph = simplify(traceFunction(fn, [float(3)]))
    expect(graph.outputs[0]).toMatchObject({ shape: [3], dtype: 'float32' })
    expect(kinds(graph)).toContain('exp')
  })

  it('hands bytes to the function as int32', () => {
    const graph = traceFunction(([x]) => [tf.add(x!, x!)], [{ shape: [2], dtype: 'uint8' }])
    expect(graph.inputs[0]!.dtype).toBe('uint8')
    expect(graph.outputs[0]!.dtype).toBe('int32')
  })

  it('names an operation that the graph has no form for', () => {
    expect(() => traceFunction(([x]) => [tf.erf(x!)], [float(3)])).toThrow(
      /"Erf", which the compiled engines do not know/,
    )
  })

  it('refuses a function that looks at values', () => {
    expect(() => traceFunction(([x]) => [tf.scalar(x!.dataSync()[0]!)], [float(1)])).toThrow(
      /asked for the value/,
    )
  })

  it('leaves the backend that was active as it was', () => {
    const before = tf.engine().backendName
    expect(() =>
      traceFunction(() => {
        throw new Error('inside')
      }, []),
    ).toThrow('inside')
    expect(tf.engine().backendName).toBe(before)
  })
})

describe('simplification', () => {
  it('drops what no output needs', () => {
    const fn: TensorFunction = ([x]) => {
      tf.exp(x!)
      return [tf.neg(x!)]
    }
    expect(kinds(simplify(traceFunction(fn, [float(4)])))).toEqual(['input', 'neg'])
  })

  it('computes constants, broadcasting', () => {
    const sum = binary(
      'add',
      constant(Float32Array.of(1, 2), [2, 1], 'float32'),
      constant(Float32Array.of(10, 20), [2], 'float32'),
    )
    const { outputs } = simplify({ inputs: [], outputs: [binary('mul', sum, scalar(2))] })
    expect(outputs[0]!.shape).toEqual([2, 2])
    expect(values(outputs[0]!)).toEqual([22, 42, 24, 44])
  })

  it('computes repeated nodes once', () => {
    const fn: TensorFunction = ([x]) => [tf.add(tf.exp(x!), tf.exp(x!))]
    expect(kinds(simplify(traceFunction(fn, [float(4)]))).filter((kind) => kind === 'exp')).toHaveLength(1)
  })

  it('picks from a data set of bytes before it casts, not after', () => {
    const specs = [
      { shape: [100, 4], dtype: 'uint8' },
      { shape: [2], dtype: 'int32' },
    ] as const
    const graph = simplify(traceFunction(([data, rows]) => [tf.gather(data!, rows as tf.Tensor1D)], specs))
    expect(kinds(graph)).toEqual(['input', 'input', 'gather', 'cast'])
  })

  it('takes the scale of a finished batch normalisation into the filter before it', () => {
    const fn: TensorFunction = ([x, w, scale, shift]) => [
      tf.add(tf.mul(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'), scale!), shift!),
    ]
    const specs = [float(1, 4, 4, 2), float(1, 1, 2, 3), float(3), float(3)]
    const constants = new Map(
      [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(10, 100, 1000), Float32Array.of(1, 1, 1)].map(
        (data, at) => [at + 1, { ...specs[at + 1]!, data }],
      ),
    )
    const graph = simplify(traceFunction(fn, specs, { constants }))
    expect(kinds(graph).filter((kind) => kind === 'mul')).toHaveLength(0)
    const conv = topological(graph.outputs).find(({ operation }) => operation.kind === 'conv2d')!
    expect(values(conv.inputs[1]!)).toEqual([10, 200, 3000, 40, 500, 6000])
  })

  it('writes the gradient towards pictures as a convolution', () => {
    const fn: TensorFunction = ([x, w]) => [
      tf.grad((a) => tf.sum(tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, 2, 1, 'NHWC', 1, 'floor')))(x!),
    ]
    const traced = traceFunction(fn, [float(1, 7, 8, 2), float(3, 3, 2, 4)])
    expect(kinds(simplify(traced, { keepInputGradients: true }))).toContain('conv2dInputGradient')
    const graph = simplify(traced)
    expect(kinds(graph)).not.toContain('conv2dInputGradient')
    expect(kinds(graph)).toContain('dilate')
    expect(graph.outputs[0]!.shape).toEqual([1, 7, 8, 2])
  })

  it('walks graphs deeper than the call stack', () => {
    let deep = input(0, [1], 'float32')
    for (let depth = 0; depth < 50_000; depth++) deep = node({ kind: 'neg' }, [deep])
    expect(topological([deep])).toHaveLength(50_001)
  })
})
