import { sizeOf } from '../buffers.ts'
import { constant } from './build.ts'
import { broadcastIndex } from './shapes.ts'
import type { Node } from './types.ts'

type Numbers = Float32Array | Int32Array | Uint8Array

/** What can be computed ahead: single-precision arithmetic that rounds as the engines do. */
const UNARY: Readonly<Record<string, (x: number) => number>> = {
  neg: (x) => -x,
  abs: Math.abs,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
}

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
}

/**
 * The constant that a node of constants amounts to, or undefined where it is none: an operand is not known, the
 * operation is not among those computed ahead, or it would only make a large tensor out of a small one.
 */
export function foldConstants(node: Node): Node | undefined {
  const { kind } = node.operation
  if (kind === 'constant' || node.inputs.length === 0 || node.dtype !== 'float32') return undefined
  const operands = node.inputs.map((input) =>
    input.operation.kind === 'constant' ? input.operation.values : undefined,
  )
  if (
    !operands.every((values) => values !== undefined) ||
    node.inputs.some((input) => input.dtype === 'bool')
  ) {
    return undefined
  }
  const [a, b] = operands as [Numbers, Numbers]
  if (kind === 'reshape') return constant(a, node.shape, node.dtype)
  if (kind in UNARY || kind === 'cast') {
    return constant(Float32Array.from(a, UNARY[kind] ?? ((x) => x)), node.shape, node.dtype)
  }
  const combine = BINARY[kind]
  if (!combine) return undefined
  const [left, right] = node.inputs.map((input) => broadcastIndex(input.shape, node.shape))
  const values = Float32Array.from({ length: sizeOf(node.shape) }, (_, at) =>
    combine(a[left!(at)]!, b[right!(at)]!),
  )
  return constant(values, node.shape, node.dtype)
}
