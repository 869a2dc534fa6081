import { PureGalaxyError } from '../../errors.ts'
import { sizeOf } from '../buffers.ts'
import type { GraphType, Node, Operation, Window } from './types.ts'

type Shape = readonly number[]

const show = (shape: Shape) => `[${shape.join(',')}]`

function refuse(operation: Operation, inputs: readonly Node[], why: string): never {
  const shapes = inputs.map((input) => `${input.dtype}${show(input.shape)}`).join(' and ')
  throw new PureGalaxyError('engine.shape', `Operation "${operation.kind}" of ${shapes}: ${why}.`)
}

/** Shape of the result of an elementwise operation by NumPy's rules, or undefined where the shapes do not fit. */
export function broadcastShapes(...shapes: Shape[]): number[] | undefined {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  const result = new Array<number>(rank).fill(1)
  for (const shape of shapes) {
    for (let axis = 0; axis < shape.length; axis++) {
      const at = rank - shape.length + axis
      const length = shape[axis]!
      if (length === 1) continue
      if (result[at] !== 1 && result[at] !== length) return undefined
      result[at] = length
    }
  }
  return result
}

/** Where in an operand of shape `from` the element at a flat position of shape `to` is found. */
export function broadcastIndex(from: readonly number[], to: readonly number[]): (at: number) => number {
  if (sizeOf(from) === 1) return () => 0
  if (sizeOf(from) === sizeOf(to)) return (at) => at
  const missing = to.length - from.length
  const steps: { stride: number; length: number; step: number }[] = []
  let stride = 1
  let step = 1
  for (let axis = to.length - 1; axis >= 0; axis--) {
    const length = from[axis - missing] ?? 1
    if (length > 1) steps.push({ stride, length: to[axis]!, step })
    stride *= to[axis]!
    step *= length
  }
  return (at) =>
    steps.reduce((sum, { stride, length, step }) => sum + (Math.floor(at / stride) % length) * step, 0)
}

/** Height and width after a window has passed over [height, width]; partial windows do not count. */
export function windowOutput(window: Window, [height, width]: readonly [number, number]): [number, number] {
  return [
    Math.floor((height + window.padTop + window.padBottom - window.kernel[0]) / window.strides[0]) + 1,
    Math.floor((width + window.padLeft + window.padRight - window.kernel[1]) / window.strides[1]) + 1,
  ]
}

/**
 * Checks the operands of an operation and tells the result's shape, the one place where shapes are known. Operations
 * whose result follows from no operand (casts, reshapes, gradients towards a given shape) state it in `given`.
 *
 * @throws PureGalaxyError `engine.shape`, printing all the shapes
 */
export function inferShape(operation: Operation, inputs: readonly Node[], given?: Shape): Shape {
  const shapes = inputs.map((input) => input.shape)
  const [a = [], b = []] = shapes
  switch (operation.kind) {
    case 'input':
    case 'constant':
      return given ?? []
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
    case 'maximum':
    case 'minimum':
    case 'greater':
    case 'greaterEqual':
    case 'less':
    case 'equal':
    case 'and':
    case 'select':
      return broadcastShapes(...shapes) ?? refuse(operation, inputs, 'the shapes do not broadcast')
    case 'reduce':
      return a.filter((_, axis) => !operation.axes.includes(axis))
    case 'argMax':
      return a.slice(0, -1)
    case 'reshape':
      if (!given || sizeOf(given) !== sizeOf(a))
        refuse(operation, inputs, `${show(given ?? [])} has another number of elements`)
      return given
    case 'broadcast':
      if (!given || show(broadcastShapes(a, given) ?? []) !== show(given))
        refuse(operation, inputs, `it does not broadcast to ${show(given ?? [])}`)
      return given
    case 'transpose':
      return operation.permutation.map((axis) => a[axis]!)
    case 'pad':
      return a.map((length, axis) => length + operation.before[axis]! + operation.after[axis]!)
    case 'slice':
      return a.map((_, axis) =>
        Math.max(0, Math.ceil((operation.end[axis]! - operation.begin[axis]!) / operation.strides[axis]!)),
      )
    case 'dilate':
      return [a[0]!, a[1]! * operation.strides[0], a[2]! * operation.strides[1], a[3]!]
    case 'concat': {
      const { axis } = operation
      for (const shape of shapes) {
        if (shape.length !== a.length || shape.some((length, at) => at !== axis && length !== a[at]))
          refuse(operation, inputs, `the shapes differ beside axis ${axis}`)
      }
      return a.map((length, at) =>
        at === axis ? shapes.reduce((sum, shape) => sum + shape[at]!, 0) : length,
      )
    }
    case 'philox':
      return [...(broadcastShapes(...shapes) ?? refuse(operation, inputs, 'the shapes do not broadcast')), 8]
    case 'gather':
      return [...b, ...a.slice(1)]
    case 'matMul': {
      const [m, k] = operation.transposeA ? [a.at(-1), a.at(-2)] : [a.at(-2), a.at(-1)]
      const [kB, n] = operation.transposeB ? [b.at(-1), b.at(-2)] : [b.at(-2), b.at(-1)]
      const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2))
      if (k !== kB || !batch) refuse(operation, inputs, 'the inner lengths or batches differ')
      return [...batch, m!, n!]
    }
    case 'conv2d':
      if (a[3] !== b[2]) refuse(operation, inputs, 'the filter has another number of input channels')
      return [a[0]!, ...windowOutput(operation.window, [a[1]!, a[2]!]), b[3]!]
    case 'maxPool':
      return [a[0]!, ...windowOutput(operation.window, [a[1]!, a[2]!]), a[3]!]
    case 'conv2dInputGradient':
    case 'conv2dFilterGradient':
      return given ?? refuse(operation, inputs, 'the shape of the gradient must be given')
    case 'maxPoolGradient':
      return b
    default:
      return a
  }
}

/** Element type of the result of an operation on operands of type `dtype`. */
export function inferType(operation: Operation, inputs: readonly Node[]): GraphType {
  switch (operation.kind) {
    case 'greater':
    case 'greaterEqual':
    case 'less':
    case 'equal':
    case 'and':
    case 'not':
      return 'bool'
    case 'argMax':
      return 'int32'
    case 'select':
      return inputs[1]!.dtype
    default:
      return inputs[0]!.dtype
  }
}
