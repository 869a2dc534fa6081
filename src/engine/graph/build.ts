import { inferShape, inferType } from './shapes.ts'
import type {
  ArithmeticKind,
  ComparisonKind,
  GraphType,
  Node,
  Operation,
  Reducer,
  UnaryKind,
} from './types.ts'

let nextId = 0

interface Given {
  readonly shape?: readonly number[]
  readonly dtype?: GraphType
}

/** Makes a node; shape and type follow from the operands unless `given` states them. */
export function node(operation: Operation, inputs: readonly Node[], given: Given = {}): Node {
  const shape = inferShape(operation, inputs, given.shape)
  return { id: nextId++, operation, inputs, shape, dtype: given.dtype ?? inferType(operation, inputs) }
}

export const input = (position: number, shape: readonly number[], dtype: GraphType): Node =>
  node({ kind: 'input', position }, [], { shape, dtype })

export const constant = (
  values: Float32Array | Int32Array | Uint8Array,
  shape: readonly number[],
  dtype: GraphType,
): Node => node({ kind: 'constant', values }, [], { shape, dtype })

export const scalar = (value: number, dtype: GraphType = 'float32'): Node =>
  constant(
    dtype === 'float32'
      ? Float32Array.of(value)
      : dtype === 'int32'
        ? Int32Array.of(value)
        : Uint8Array.of(value),
    [],
    dtype,
  )

export const unary = (kind: UnaryKind, x: Node): Node => node({ kind }, [x])

export const binary = (kind: ArithmeticKind | ComparisonKind, a: Node, b: Node): Node =>
  node({ kind }, [a, b])

export const cast = (x: Node, dtype: GraphType): Node =>
  x.dtype === dtype ? x : node({ kind: 'cast' }, [x], { dtype })

export const reshape = (x: Node, shape: readonly number[]): Node =>
  x.shape.join() === shape.join() ? x : node({ kind: 'reshape' }, [x], { shape })

export const broadcast = (x: Node, shape: readonly number[]): Node =>
  x.shape.join() === shape.join() ? x : node({ kind: 'broadcast' }, [x], { shape })

export const reduce = (reducer: Reducer, x: Node, axes: readonly number[]): Node =>
  axes.length === 0 ? x : node({ kind: 'reduce', reducer, axes }, [x])

/** As `reduce`, leaving the reduced axes with length 1. */
export const reduceKeeping = (reducer: Reducer, x: Node, axes: readonly number[]): Node =>
  reshape(
    reduce(reducer, x, axes),
    x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length)),
  )
