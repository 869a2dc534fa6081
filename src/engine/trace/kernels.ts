import type { DataType, NamedAttrMap, NamedTensorInfoMap } from '@tensorflow/tfjs-core'
import { PureGalaxyError } from '../../errors.ts'
import { sizeOf } from '../buffers.ts'
import {
  binary,
  broadcast,
  cast,
  constant,
  node,
  reduce,
  reduceKeeping,
  reshape,
  scalar,
  unary,
} from '../graph/build.ts'
import type { ArithmeticKind, ComparisonKind, GraphType, Node, UnaryKind } from '../graph/types.ts'
import { PHILOX, PHILOX_WORDS } from '../philox-kernel.ts'
import { graphType } from './backend.ts'
import { poolWindow, slicedRange, stridedRange, windowOf } from './geometry.ts'

/** How one TensorFlow.js kernel is written in terms of the graph. `x('dy')` is the operand of that name. */
export type TraceKernel = (
  operand: (name: string) => Node,
  attrs: NamedAttrMap,
  inputs: NamedTensorInfoMap,
) => Node

const elementwise =
  (kind: UnaryKind): TraceKernel =>
  (x) =>
    unary(kind, x('x'))

const arithmetic =
  (kind: ArithmeticKind | ComparisonKind): TraceKernel =>
  (x) =>
    binary(kind, x('a'), x('b'))

/** Negative axes count from the end; no axis at all means every one. */
function axesOf(value: unknown, rank: number): number[] {
  const list = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]
  const axes = list.length ? (list as number[]) : Array.from({ length: rank }, (_, axis) => axis)
  return axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b)
}

const reduction =
  (reducer: 'sum' | 'max' | 'min'): TraceKernel =>
  (x, attrs) => {
    const operand = x('x')
    // TensorFlow.js sums booleans as integers.
    const values = operand.dtype === 'bool' ? cast(operand, 'int32') : operand
    const axes = axesOf(attrs.axis ?? attrs.reductionIndices, values.shape.length)
    return attrs.keepDims ? reduceKeeping(reducer, values, axes) : reduce(reducer, values, axes)
  }

/** log Σ exp along the last axis, shifted by the largest value so that nothing overflows. */
function logSoftmax(logits: Node): Node {
  const last = [logits.shape.length - 1]
  const shifted = binary('sub', logits, reduceKeeping('max', logits, last))
  return binary('sub', shifted, unary('log', reduceKeeping('sum', unary('exp', shifted), last)))
}

const filled = (value: number, shape: readonly number[], dtype: GraphType) =>
  broadcast(scalar(value, dtype), shape)

/** The kernels that a traced function may use: forward and backward of PURe and ResNet, losses, optimisers. */
export const TRACE_KERNELS: Readonly<Record<string, TraceKernel>> = {
  Add: arithmetic('add'),
  AddV2: arithmetic('add'),
  Sub: arithmetic('sub'),
  Multiply: arithmetic('mul'),
  RealDiv: arithmetic('div'),
  Maximum: arithmetic('maximum'),
  Minimum: arithmetic('minimum'),
  Greater: arithmetic('greater'),
  GreaterEqual: arithmetic('greaterEqual'),
  Less: arithmetic('less'),
  LessEqual: (x) => binary('greaterEqual', x('b'), x('a')),
  Equal: arithmetic('equal'),
  NotEqual: (x) => unary('not', binary('equal', x('a'), x('b'))),
  LogicalAnd: arithmetic('and'),
  LogicalNot: elementwise('not'),
  Neg: elementwise('neg'),
  Abs: elementwise('abs'),
  Sqrt: elementwise('sqrt'),
  Exp: elementwise('exp'),
  Log: elementwise('log'),
  Sigmoid: elementwise('sigmoid'),
  Softplus: elementwise('softplus'),
  Rsqrt: (x) => binary('div', scalar(1), unary('sqrt', x('x'))),
  Reciprocal: (x) => binary('div', scalar(1), x('x')),
  Square: (x) => binary('mul', x('x'), x('x')),
  SquaredDifference: (x) => {
    const difference = binary('sub', x('a'), x('b'))
    return binary('mul', difference, difference)
  },
  Relu: (x) => binary('maximum', x('x'), scalar(0)),
  // A NaN has no step; like a negative number it gives alpha.
  Step: (x, attrs) =>
    node({ kind: 'select' }, [
      binary('greater', x('x'), scalar(0)),
      scalar(1),
      scalar(Number(attrs.alpha ?? 0)),
    ]),
  ClipByValue: (x, attrs) =>
    binary(
      'minimum',
      binary('maximum', x('x'), scalar(Number(attrs.clipValueMin))),
      scalar(Number(attrs.clipValueMax)),
    ),
  // Only a number below the largest float in size is finite; comparisons with NaN are false.
  IsFinite: (x) =>
    unary('not', binary('greater', unary('abs', nanAsInfinity(x('x'))), scalar(3.4028234663852886e38))),
  IsNan: (x) => unary('not', binary('equal', x('x'), x('x'))),
  Select: (x) => node({ kind: 'select' }, [x('condition'), x('t'), x('e')]),
  Cast: (x, attrs) => cast(x('x'), graphType(attrs.dtype as DataType)),
  Sum: reduction('sum'),
  Max: reduction('max'),
  Min: reduction('min'),
  Mean: (x, attrs) => {
    const operand = cast(x('x'), 'float32')
    const axes = axesOf(attrs.axis, operand.shape.length)
    const count = axes.reduce((product, axis) => product * operand.shape[axis]!, 1)
    const sum = attrs.keepDims ? reduceKeeping('sum', operand, axes) : reduce('sum', operand, axes)
    return binary('mul', sum, scalar(1 / count))
  },
  All: (x, attrs) => {
    const axes = axesOf(attrs.axis, x('x').shape.length)
    return cast(reduce('min', cast(x('x'), 'int32'), axes), 'bool')
  },
  ArgMax: (x, attrs) => {
    const operand = x('x')
    const [axis] = axesOf(attrs.axis, operand.shape.length)
    if (axis !== operand.shape.length - 1) {
      throw new PureGalaxyError('engine.unsupported-operation', 'ArgMax is traced along the last axis only.')
    }
    return node({ kind: 'argMax' }, [operand])
  },
  Reshape: (x, attrs) => {
    const operand = x('x')
    const wanted = attrs.shape as number[]
    const known = wanted.reduce((product, length) => (length === -1 ? product : product * length), 1)
    return reshape(
      operand,
      wanted.map((length) => (length === -1 ? sizeOf(operand.shape) / known : length)),
    )
  },
  ExpandDims: (x, attrs) => {
    const { shape } = x('input')
    const dim = Number(attrs.dim)
    const at = dim < 0 ? shape.length + 1 + dim : dim
    return reshape(x('input'), [...shape.slice(0, at), 1, ...shape.slice(at)])
  },
  Identity: (x) => x('x'),
  BroadcastTo: (x, attrs) => broadcast(x('x'), attrs.shape as number[]),
  Transpose: (x, attrs) => node({ kind: 'transpose', permutation: attrs.perm as number[] }, [x('x')]),
  Tile: (x, attrs) => {
    const operand = x('x')
    const reps = attrs.reps as number[]
    // [a, b] repeated (r, s) times is [1, a, 1, b] broadcast to [r, a, s, b].
    const split = operand.shape.flatMap((length) => [1, length])
    const repeated = operand.shape.flatMap((length, axis) => [reps[axis]!, length])
    return reshape(
      broadcast(reshape(operand, split), repeated),
      operand.shape.map((length, axis) => length * reps[axis]!),
    )
  },
  PadV2: (x, attrs) => {
    const paddings = attrs.paddings as [number, number][]
    const [before, after] = [paddings.map(([first]) => first), paddings.map(([, last]) => last)]
    return node({ kind: 'pad', before, after, value: Number(attrs.constantValue) }, [x('x')])
  },
  Slice: (x, attrs) => node({ kind: 'slice', ...slicedRange(x('x').shape, attrs) }, [x('x')]),
  StridedSlice: (x, attrs) => {
    const { range, shape } = stridedRange(x('x').shape, attrs)
    return reshape(node({ kind: 'slice', ...range }, [x('x')]), shape)
  },
  Reverse: (x, attrs) => node({ kind: 'reverse', axes: axesOf(attrs.dims, x('x').shape.length) }, [x('x')]),
  Concat: (x, attrs, inputs) => {
    const parts = Object.keys(inputs).map(x)
    const [axis] = axesOf([attrs.axis], parts[0]!.shape.length)
    return node({ kind: 'concat', axis: axis! }, parts)
  },
  Pack: (x, attrs, inputs) => {
    const parts = Object.keys(inputs).map(x)
    const shape = parts[0]!.shape
    const at = Number(attrs.axis)
    const unsqueezed = [...shape.slice(0, at), 1, ...shape.slice(at)]
    return node(
      { kind: 'concat', axis: at },
      parts.map((part) => reshape(part, unsqueezed)),
    )
  },
  GatherV2: (x, attrs) => {
    if (Number(attrs.axis ?? 0) !== 0 || Number(attrs.batchDims ?? 0) !== 0) {
      throw new PureGalaxyError('engine.unsupported-operation', 'Gather is traced along the first axis only.')
    }
    return node({ kind: 'gather' }, [x('x'), x('indices')])
  },
  [PHILOX]: (x) => node({ kind: 'philox' }, PHILOX_WORDS.map(x)),
  OneHot: (x, attrs) => {
    const indices = x('indices')
    const depth = Number(attrs.depth)
    const classes = constant(
      Int32Array.from({ length: depth }, (_, at) => at),
      [depth],
      'int32',
    )
    const hot = binary('equal', reshape(indices, [...indices.shape, 1]), classes)
    const [on, off] = [attrs.onValue, attrs.offValue].map((value) => scalar(Number(value)))
    return cast(node({ kind: 'select' }, [hot, on!, off!]), graphType((attrs.dtype ?? 'float32') as DataType))
  },
  Fill: (_, attrs) =>
    filled(Number(attrs.value), attrs.shape as number[], graphType((attrs.dtype ?? 'float32') as DataType)),
  ZerosLike: (x) => filled(0, x('x').shape, x('x').dtype),
  OnesLike: (x) => filled(1, x('x').shape, x('x').dtype),
  LogSoftmax: (x) => logSoftmax(x('logits')),
  Softmax: (x) => unary('exp', logSoftmax(x('logits'))),
  BatchMatMul: (x, attrs) =>
    node({ kind: 'matMul', transposeA: Boolean(attrs.transposeA), transposeB: Boolean(attrs.transposeB) }, [
      x('a'),
      x('b'),
    ]),
  Conv2D: (x, attrs) => {
    const [pictures, filter] = [x('x'), x('filter')]
    return node({ kind: 'conv2d', window: windowOf(pictures.shape, filter.shape, attrs) }, [pictures, filter])
  },
  Conv2DBackpropInput: (x, attrs) => {
    const shape = attrs.inputShape as number[]
    const filter = x('filter')
    const window = windowOf(shape, filter.shape, attrs)
    return node({ kind: 'conv2dInputGradient', window }, [x('dy'), filter], { shape })
  },
  Conv2DBackpropFilter: (x, attrs) => {
    const shape = attrs.filterShape as number[]
    const window = windowOf(x('x').shape, shape, attrs)
    return node({ kind: 'conv2dFilterGradient', window }, [x('x'), x('dy')], { shape })
  },
  MaxPool: (x, attrs) => node({ kind: 'maxPool', window: poolWindow(x('x').shape, attrs) }, [x('x')]),
  MaxPoolGrad: (x, attrs) =>
    node({ kind: 'maxPoolGradient', window: poolWindow(x('input').shape, attrs) }, [x('dy'), x('input')]),
}

/** |NaN| > largest is false, as for a finite number: NaN is sent to infinity first. */
function nanAsInfinity(x: Node): Node {
  return node({ kind: 'select' }, [binary('equal', x, x), x, scalar(Number.POSITIVE_INFINITY)])
}
