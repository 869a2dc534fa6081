import { sizeOf } from '../buffers.ts'
import type { ArithmeticKind, ComparisonKind, Node, OperationKind, UnaryKind } from '../graph/types.ts'
import { isPerChannel, type Layout, type Values } from './layout.ts'
import { onnxType } from './proto.ts'

const OPERATORS: Readonly<Record<UnaryKind | ArithmeticKind | ComparisonKind, string>> = {
  neg: 'Neg',
  abs: 'Abs',
  sqrt: 'Sqrt',
  exp: 'Exp',
  log: 'Log',
  sigmoid: 'Sigmoid',
  softplus: 'Softplus',
  not: 'Not',
  add: 'Add',
  sub: 'Sub',
  mul: 'Mul',
  div: 'Div',
  maximum: 'Max',
  minimum: 'Min',
  greater: 'Greater',
  greaterEqual: 'GreaterOrEqual',
  less: 'Less',
  equal: 'Equal',
  and: 'And',
}

/** ONNX Runtime's Where is slow on large tensors; a product with the mask serves where one branch is zero. */
const LARGE = 4096

export function isElementwise(kind: OperationKind): boolean {
  return kind in OPERATORS || kind === 'select' || kind === 'cast' || kind === 'broadcast'
}

export function lowerElementwise(values: Values, node: Node): void {
  const layout = layoutOf(values, node)
  const operands = node.inputs.map((input) => operandIn(values, layout, input, node.shape))
  values.set(node, layout, emitElementwise(values, node, operands, layout))
}

/** A result follows its largest operands into the channels layout, if the others can follow. */
function layoutOf(values: Values, node: Node): Layout {
  if (node.shape.length !== 4) return 'plain'
  const whole = node.inputs.filter((input) => isWhole(input, node.shape))
  const rest = node.inputs.filter((input) => !isWhole(input, node.shape))
  const fit = rest.every((input) => sizeOf(input.shape) === 1 || isPerChannel(input, node.shape))
  if (!fit) return 'plain'
  // The gradient of a global pooling is one number per picture and channel, spread over pictures to come.
  if (whole.length === 0) return rest.some((input) => sizeOf(input.shape) > 1) ? 'channels' : 'plain'
  return whole.some((input) => values.home(input) === 'channels') ? 'channels' : 'plain'
}

const isWhole = (input: Node, shape: readonly number[]) => input.shape.join() === shape.join()

function operandIn(values: Values, layout: Layout, input: Node, shape: readonly number[]): string {
  if (layout === 'plain') return values.plain(input)
  if (isWhole(input, shape)) return values.channels(input)
  if (sizeOf(input.shape) === 1) {
    return input.shape.length === 0 ? values.plain(input) : values.emit.reshape(values.plain(input), [])
  }
  return values.spread(input, shape)
}

function emitElementwise(values: Values, node: Node, operands: readonly string[], layout: Layout): string {
  const { emit } = values
  const { kind } = node.operation
  if (kind === 'cast') return emit.op('Cast', operands, { to: onnxType(node.dtype) })
  if (kind === 'select') return emitSelect(values, node, operands)
  if (kind !== 'broadcast') return emit.op(OPERATORS[kind as UnaryKind], operands)
  const [n, h, w, c] = node.shape
  return emit.op('Expand', [operands[0]!, emit.integers(layout === 'plain' ? node.shape : [n!, c!, h!, w!])])
}

/**
 * Where one branch is zero the other is multiplied by the mask. The two differ only where the value not chosen is
 * not finite, and a result with such a value is reported as not finite anyway.
 */
function emitSelect({ emit }: Values, node: Node, operands: readonly string[]): string {
  const [condition, whenTrue, whenFalse] = operands as [string, string, string]
  const [, t, e] = node.inputs as [Node, Node, Node]
  if (node.dtype !== 'float32' || sizeOf(node.shape) < LARGE) return emit.op('Where', operands)
  const mask = (of: string) => emit.op('Cast', [of], { to: onnxType('float32') })
  if (isZero(e)) return emit.op('Mul', [mask(condition), whenTrue])
  if (isZero(t)) return emit.op('Mul', [mask(emit.op('Not', [condition])), whenFalse])
  return emit.op('Where', operands)
}

function isZero(node: Node): boolean {
  if (node.operation.kind === 'broadcast') return isZero(node.inputs[0]!)
  return node.operation.kind === 'constant' && node.operation.values.every((value) => value === 0)
}
