import { topological } from '../graph/traverse.ts'
import type { Graph, Node, OperationOf, Reducer } from '../graph/types.ts'
import type { Precision } from '../types.ts'
import { lowerElementwise } from './elementwise.ts'
import { type Region, StableHloEmitter, typeOf, type Value } from './emitter.ts'
import { integers } from './notation.ts'
import { philox } from './philox.ts'
import { maxPool, maxPoolGradient } from './pooling.ts'
import { Products } from './products.ts'

export interface StableHloOptions {
  /** Default `float32`. */
  readonly precision?: Precision
  /** Whether it is for something faster than a CPU, which gets no barriers; default: it is not. */
  readonly accelerated?: boolean
}

/**
 * Writes a graph as the text of a StableHLO module with one function, `main`, that takes the graph's inputs and
 * returns its outputs in order; outputs of truth values leave as int32.
 *
 * @see https://openxla.org/stablehlo/spec
 */
export function lowerToStableHlo(graph: Graph, options: StableHloOptions = {}): string {
  const { precision = 'float32', accelerated = false } = options
  const emit = new StableHloEmitter(!accelerated)
  const products = new Products(emit, precision)
  const values = new Map<Node, Value>()
  const parameters = graph.inputs.map((node, position): Value => {
    const value = { name: `%arg${position}`, shape: node.shape, dtype: node.dtype }
    values.set(node, value)
    return value
  })
  for (const node of topological(graph.outputs)) {
    if (values.has(node)) continue
    const operands = node.inputs.map((input) => values.get(input)!)
    values.set(node, lowerNode(emit, products, node, operands))
  }
  const results = graph.outputs.map((node) => {
    const value = values.get(node)!
    return node.dtype === 'bool' ? emit.convert(value, 'int32') : value
  })
  const signature = parameters.map((value) => `${value.name}: ${typeOf(value)}`)
  const types = results.map(typeOf).join(', ')
  return [
    'module @puregalaxy {',
    `func.func public @main(${signature.join(', ')}) -> (${types}) {`,
    ...emit.lines,
    `return ${results.map(({ name }) => name).join(', ')}${types && ` : ${types}`}`,
    '}',
    '}',
    '',
  ].join('\n')
}

function lowerNode(
  emit: StableHloEmitter,
  products: Products,
  node: Node,
  operands: readonly Value[],
): Value {
  const { operation, shape } = node
  const [x] = operands as [Value]
  switch (operation.kind) {
    case 'constant':
      return emit.constant(operation.values, shape, node.dtype)
    case 'reduce':
      return reduce(emit, x, operation)
    case 'argMax':
      return argMax(emit, x)
    case 'reshape':
      return emit.reshape(x, shape)
    case 'broadcast':
      return emit.broadcast(x, shape)
    case 'transpose':
      return emit.transpose(x, operation.permutation)
    case 'pad':
      return emit.pad(x, emit.scalar(operation.value, node.dtype), operation.before, operation.after)
    case 'slice':
      return emit.slice(x, operation.begin, operation.end, operation.strides)
    case 'dilate': {
      const [down, right] = operation.strides.map((stride) => stride - 1) as [number, number]
      const zero = emit.scalar(0, node.dtype)
      return emit.pad(x, zero, [0, 0, 0, 0], [0, down, right, 0], [0, down, right, 0])
    }
    case 'reverse':
      // A filter is turned, then transposed: merged into one loop, XLA's CPU plugin takes twice as long.
      return emit.barrier(emit.reverse(x, operation.axes))
    case 'concat': {
      const attributes = { dimension: `${operation.axis} : i64` }
      return emit.op({ name: 'concatenate', operands, shape, dtype: x.dtype, attributes })
    }
    case 'gather':
      return gather(emit, node, operands)
    case 'philox':
      return philox(emit, shape, operands)
    case 'matMul':
      return products.matMul(node, operation, operands)
    case 'conv2d':
      return products.conv2d(node, operation, operands)
    case 'conv2dInputGradient':
      return products.inputGradient(node, operation, operands)
    case 'conv2dFilterGradient':
      return products.filterGradient(node, operation, operands)
    case 'maxPool':
      return maxPool(emit, shape, operation.window, x)
    case 'maxPoolGradient':
      return maxPoolGradient(emit, node, operation.window, operands)
    default: {
      const value = lowerElementwise(emit, node, operands)
      if (!value) throw new Error(`operation ${operation.kind} reached the StableHLO lowering`)
      return value
    }
  }
}

const REGIONS: Readonly<Record<Reducer, Region>> = { sum: 'add', max: 'maximum', min: 'minimum' }

/** What a reduction of nothing gives. */
function neutral(emit: StableHloEmitter, reducer: Reducer, { dtype }: Value): Value {
  if (reducer === 'sum') return emit.scalar(0, dtype === 'int32' ? 'int32' : 'float32')
  const sign = reducer === 'max' ? -1 : 1
  if (dtype === 'int32') return emit.scalar(sign < 0 ? -(2 ** 31) : 2 ** 31 - 1, 'int32')
  return emit.scalar(sign * Number.POSITIVE_INFINITY)
}

function reduce(emit: StableHloEmitter, x: Value, { reducer, axes }: OperationOf<'reduce'>): Value {
  return emit.reduce(x, neutral(emit, reducer, x), REGIONS[reducer], axes)
}

/** The smallest position that holds the maximum; in a row with NaN, where nothing equals it, the last. */
function argMax(emit: StableHloEmitter, x: Value): Value {
  const last = x.shape.length - 1
  const largest = emit.reduce(x, neutral(emit, 'max', x), 'maximum', [last])
  const spread = emit.broadcast(emit.reshape(largest, [...largest.shape, 1]), x.shape)
  const places = emit.op({
    name: 'iota',
    operands: [],
    shape: x.shape,
    dtype: 'int32',
    attributes: { iota_dimension: `${last} : i64` },
  })
  const end = emit.scalar(x.shape[last]! - 1, 'int32')
  const candidates = emit.select(emit.compare(x, spread, 'EQ'), places, emit.broadcast(end, x.shape))
  return emit.reduce(candidates, end, 'minimum', [last])
}

/** Rows of the first operand by the positions in the second. */
function gather(emit: StableHloEmitter, node: Node, operands: readonly Value[]): Value {
  const [table, places] = operands as [Value, Value]
  const offsets = table.shape.slice(1).map((_, axis) => places.shape.length + axis)
  const numbers =
    `offset_dims = [${offsets.join(', ')}], collapsed_slice_dims = [0], start_index_map = [0], ` +
    `index_vector_dim = ${places.shape.length}`
  return emit.op({
    name: 'gather',
    operands,
    shape: node.shape,
    dtype: table.dtype,
    attributes: {
      dimension_numbers: `#stablehlo.gather<${numbers}>`,
      slice_sizes: integers([1, ...table.shape.slice(1)]),
      indices_are_sorted: 'false',
    },
  })
}
