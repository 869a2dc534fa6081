import type { ArithmeticKind, ComparisonKind, Node, UnaryKind } from '../graph/types.ts'
import type { StableHloEmitter, Value } from './emitter.ts'

const DIRECTIONS: Readonly<Record<Exclude<ComparisonKind, 'and'>, string>> = {
  greater: 'GT',
  greaterEqual: 'GE',
  less: 'LT',
  equal: 'EQ',
}

/** Operations that StableHLO has under a name of its own. */
const NAMES: Readonly<Record<Exclude<UnaryKind, 'softplus'> | ArithmeticKind | 'and', string>> = {
  neg: 'negate',
  abs: 'abs',
  sqrt: 'sqrt',
  exp: 'exponential',
  log: 'log',
  sigmoid: 'logistic',
  not: 'not',
  add: 'add',
  sub: 'subtract',
  mul: 'multiply',
  div: 'divide',
  maximum: 'maximum',
  minimum: 'minimum',
  and: 'and',
}

/** Elementwise operations on operands that were brought to the result's shape; undefined for any other operation. */
export function lowerElementwise(
  emit: StableHloEmitter,
  node: Node,
  operands: readonly Value[],
): Value | undefined {
  const { kind } = node.operation
  if (kind in NAMES || kind in DIRECTIONS || kind === 'softplus' || kind === 'select') {
    const [a, b, c] = operands.map((operand) => emit.broadcast(operand, node.shape)) as [Value, Value, Value]
    if (kind === 'select') return emit.select(a, b, c)
    if (kind === 'softplus') return softplus(emit, a)
    if (kind in DIRECTIONS) return emit.compare(a, b, DIRECTIONS[kind as keyof typeof DIRECTIONS])
    const name = NAMES[kind as keyof typeof NAMES]
    return b ? emit.like(name, a, b) : emit.like(name, a)
  }
  return kind === 'cast' ? emit.convert(operands[0]!, node.dtype) : undefined
}

/** log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|), which overflows nowhere. */
function softplus(emit: StableHloEmitter, x: Value): Value {
  const decaying = emit.like('exponential', emit.like('negate', emit.like('abs', x)))
  const floor = emit.like('maximum', x, emit.broadcast(emit.scalar(0), x.shape))
  return emit.like('add', floor, emit.like('log_plus_one', decaying))
}
