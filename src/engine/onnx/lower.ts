import { PureGalaxyError } from '../../errors.ts'
import { topological } from '../graph/traverse.ts'
import type { Graph, Node, Operation, OperationKind, OperationOf } from '../graph/types.ts'
import { findBiases } from './biases.ts'
import {
  lowerBiasedConv2d,
  lowerConv2d,
  lowerDilate,
  lowerFilterGradient,
  lowerMaxPool,
  lowerMaxPoolGradient,
} from './convolutions.ts'
import { isElementwise, lowerElementwise } from './elementwise.ts'
import { OnnxEmitter } from './emitter.ts'
import { Values } from './layout.ts'
import { encodeModel, type OnnxValue, onnxType } from './proto.ts'

/**
 * Writes a graph as an ONNX model. Input i is named `i<i>`, output i `o<i>`.
 *
 * @param block channels per block of the machine's convolutions (see layout.ts); 1 for none
 */
export function lowerToOnnx(graph: Graph, block: number): Uint8Array<ArrayBuffer> {
  const nodes = topological(graph.outputs)
  const emit = new OnnxEmitter()
  const values = new Values(emit, block)
  const biased = findBiases(nodes, graph.outputs)
  const absorbed = new Set([...biased.values()].map(({ convolution }) => convolution))
  const inputs = graph.inputs.map((node, position) => {
    const name = `i${position}`
    values.set(node, 'plain', name)
    return { name, dtype: node.dtype, shape: node.shape }
  })
  for (const node of nodes) {
    const sum = biased.get(node)
    if (sum) lowerBiasedConv2d(values, node, sum)
    else if (!absorbed.has(node)) lowerNode(values, node)
  }
  const outputs = graph.outputs.map((node, position): OnnxValue => {
    const name = `o${position}`
    emit.nodes.push({
      type: 'Identity',
      inputs: [values.plain(node)],
      outputs: [name],
      attributes: {},
      domain: '',
    })
    return { name, dtype: node.dtype, shape: node.shape }
  })
  return encodeModel({ nodes: emit.nodes, initializers: emit.initializers, inputs, outputs })
}

function lowerSlice(
  values: Values,
  node: Node,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
): void {
  const { emit } = values
  const axes = begin.map((_, axis) => axis)
  const ranges = [begin, end, axes, strides].map((list) => emit.integers(list))
  values.set(node, 'plain', emit.op('Slice', [values.plain(node.inputs[0]!), ...ranges]))
}

function lowerMatMul(values: Values, node: Node, operation: OperationOf<'matMul'>): void {
  const { emit } = values
  const [left, right] = node.inputs.map((input, position) => {
    const swapped = position === 0 ? operation.transposeA : operation.transposeB
    const axes = input.shape.map((_, axis) => axis)
    const turned = [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]
    return swapped ? emit.transpose(values.plain(input), turned) : values.plain(input)
  }) as [string, string]
  values.set(node, 'plain', emit.op('MatMul', [left, right]))
}

const REDUCERS = { sum: 'ReduceSum', max: 'ReduceMax', min: 'ReduceMin' } as const

/**
 * ONNX Runtime reduces fast over leading or trailing axes only. Sums over all but the channels go over the pictures
 * first, which leaves a picture's worth of numbers for the slow part.
 */
function lowerReduce(values: Values, node: Node, { reducer, axes }: OperationOf<'reduce'>): void {
  const { emit } = values
  const x = node.inputs[0]!
  const over = (name: string, ...list: number[]) =>
    reducer === 'sum'
      ? emit.op('ReduceSum', [name, emit.integers(list)], { keepdims: 0 })
      : emit.op(REDUCERS[reducer], [name], { axes: list, keepdims: 0 })
  if (x.shape.length === 4 && values.home(x) === 'channels') {
    const [n, blocks, pixels, block] = values.physical(x.shape) as [number, number, number, number]
    const name = values.channels(x)
    const over012 = () => {
      const pictures = over(emit.reshape(name, [n, blocks * pixels * block]), 0)
      return over(emit.reshape(pictures, [blocks, pixels, block]), 1)
    }
    const fast: Record<string, () => string> = {
      // In two stages: one long chain of additions in single precision would lose digits.
      '0,1,2,3': () => over(over012(), 0, 1),
      '0,1,2': over012,
      '1,2': () => over(emit.reshape(name, [n * blocks, pixels, block]), 1),
    }
    const reduced = fast[axes.join()]?.()
    if (reduced) {
      values.set(node, 'plain', emit.reshape(reduced, node.shape))
      return
    }
  }
  values.set(node, 'plain', over(values.plain(x), ...axes))
}

/** How each operation that is not elementwise is written. What simplification rewrote has no entry. */
const LOWERINGS: {
  readonly [K in OperationKind]?: (values: Values, node: Node, operation: OperationOf<K>) => void
} = {
  input() {},
  constant(values, node, { values: numbers }) {
    values.set(node, 'plain', values.emit.tensor(node.dtype, node.shape, numbers))
  },
  reduce: lowerReduce,
  argMax(values, node) {
    const places = values.emit.op('ArgMax', [operand(values, node)], { axis: -1, keepdims: 0 })
    values.set(node, 'plain', values.emit.op('Cast', [places], { to: onnxType('int32') }))
  },
  reshape(values, node) {
    values.set(node, 'plain', values.emit.reshape(operand(values, node), node.shape))
  },
  transpose(values, node, { permutation }) {
    values.set(node, 'plain', values.emit.transpose(operand(values, node), permutation))
  },
  pad(values, node, { before, after, value }) {
    const filler = node.dtype === 'float32' ? Float32Array.of(value) : Int32Array.of(value)
    const padding = values.emit.tensor(node.dtype, [], filler)
    values.set(node, 'plain', values.emit.pad(operand(values, node), before, after, padding))
  },
  slice(values, node, { begin, end, strides }) {
    lowerSlice(values, node, begin, end, strides)
  },
  reverse(values, node, operation) {
    const axes = new Set(operation.axes)
    const begin = node.shape.map((length, axis) => (axes.has(axis) ? length - 1 : 0))
    const end = node.shape.map((length, axis) => (axes.has(axis) ? -length - 1 : length))
    const strides = node.shape.map((_, axis) => (axes.has(axis) ? -1 : 1))
    lowerSlice(values, node, begin, end, strides)
  },
  concat(values, node, { axis }) {
    const parts = node.inputs.map((input) => values.plain(input))
    values.set(node, 'plain', values.emit.op('Concat', parts, { axis }))
  },
  gather(values, node) {
    const [table, places] = node.inputs.map((input) => values.plain(input)) as [string, string]
    values.set(node, 'plain', values.emit.op('Gather', [table, places], { axis: 0 }))
  },
  philox() {
    throw new PureGalaxyError(
      'engine.unsupported-operation',
      'Engine "onnx" has no form for "philox", the random words of a program: take --engine xla for it, or draw on the host.',
    )
  },
  matMul: lowerMatMul,
  conv2d: lowerConv2d,
  conv2dFilterGradient: lowerFilterGradient,
  dilate: lowerDilate,
  maxPool: lowerMaxPool,
  maxPoolGradient: lowerMaxPoolGradient,
}

function lowerNode(values: Values, node: Node): void {
  const { operation } = node
  if (isElementwise(operation.kind)) {
    lowerElementwise(values, node)
    return
  }
  const lowering = LOWERINGS[operation.kind] as
    | ((values: Values, node: Node, operation: Operation) => void)
    | undefined
  if (!lowering) throw new Error(`operation ${operation.kind} reached the ONNX lowering`)
  lowering(values, node, operation)
}

const operand = (values: Values, node: Node) => values.plain(node.inputs[0]!)
