import { broadcastShapes } from '../graph/shapes.ts'
import type { Node, OperationOf, Window } from '../graph/types.ts'
import type { Precision } from '../types.ts'
import type { StableHloEmitter, Value } from './emitter.ts'
import { integers, paddings } from './notation.ts'

/**
 * Writes convolutions and matrix products. In `float32` the device is told to keep to it: left alone, NVIDIA's would
 * round operands to 10 bits (TF32). In `bfloat16` operands are rounded to it, and what a convolution gives: for a GPU
 * XLA has no convolution of bfloat16 with a result of float32, and would take operands of float32 in TF32 instead.
 */
export class Products {
  readonly #emit: StableHloEmitter
  readonly #precision: Precision

  constructor(emit: StableHloEmitter, precision: Precision) {
    this.#emit = emit
    this.#precision = precision
  }

  /** Product over the last two axes; those before are broadcast. */
  matMul(node: Node, { transposeA, transposeB }: OperationOf<'matMul'>, [a, b]: readonly Value[]): Value {
    const leading = broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2))!
    const [left, right] = [a!, b!].map((x) => this.#emit.broadcast(x, [...leading, ...x.shape.slice(-2)]))
    const batch = leading.map((_, axis) => axis).join(', ')
    const rank = leading.length
    const numbers =
      `lhs_batching_dimensions = [${batch}], rhs_batching_dimensions = [${batch}], ` +
      `lhs_contracting_dimensions = [${transposeA ? rank : rank + 1}], ` +
      `rhs_contracting_dimensions = [${transposeB ? rank + 1 : rank}]`
    return this.#product('dot_general', [left!, right!], node.shape, 'float32', {
      dot_dimension_numbers: `#stablehlo.dot<${numbers}>`,
    })
  }

  conv2d(node: Node, { window }: OperationOf<'conv2d'>, [pictures, filter]: readonly Value[]): Value {
    return this.#convolution(node.shape, [pictures!, filter!], {
      numbers: '[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]',
      pads: [
        [window.padTop, window.padBottom],
        [window.padLeft, window.padRight],
      ],
      strides: window.strides,
    })
  }

  /**
   * Gradient of the pictures: the gradient of the output, spread by the stride, convolved with the filter turned by
   * 180°. The filter is turned by an operation of its own, because reversed windows keep XLA from its fast kernels, and
   * last, because by that XLA knows on a GPU that cuDNN's gradient of pictures is meant.
   */
  inputGradient(
    node: Node,
    { window }: OperationOf<'conv2dInputGradient'>,
    [dy, filter]: readonly Value[],
  ): Value {
    const pads = [window.padTop, window.padLeft].map((pad, side): [number, number] => {
      const kernel = window.kernel[side]!
      const spread = (dy!.shape[1 + side]! - 1) * window.strides[side]! + 1
      const before = kernel - 1 - pad
      return [before, node.shape[1 + side]! + kernel - 1 - spread - before]
    })
    return this.#convolution(node.shape, [dy!, this.#emit.reverse(this.#rounded(filter!), [0, 1])], {
      numbers: '[b, 0, 1, f]x[0, 1, o, i]->[b, 0, 1, f]',
      pads,
      spreadPictures: window.strides,
    })
  }

  /**
   * Gradient of the filter: dW[kh,kw,ci,co] = Σ_n,h,w x[n, s·h+kh−p, s·w+kw−p, ci] · dy[n,h,w,co], a convolution of the
   * pictures, with channels as the batch and the batch as channels, by the output's gradient spread by the stride.
   */
  filterGradient(
    node: Node,
    { window }: OperationOf<'conv2dFilterGradient'>,
    [pictures, dy]: readonly Value[],
  ): Value {
    const pads = [window.padTop, window.padLeft].map((pad, side): [number, number] => {
      const reach = (dy!.shape[1 + side]! - 1) * window.strides[side]! + window.kernel[side]!
      return [pad, reach - pictures!.shape[1 + side]! - pad]
    })
    return this.#convolution(node.shape, [pictures!, dy!], {
      numbers: '[f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f]',
      pads,
      spreadFilter: window.strides,
    })
  }

  #convolution(shape: readonly number[], operands: readonly Value[], geometry: Geometry): Value {
    const { numbers, pads, strides = ONES, spreadPictures = ONES, spreadFilter = ONES } = geometry
    const rounds = this.#precision === 'bfloat16'
    const result = this.#product('convolution', operands, shape, rounds ? 'bfloat16' : 'float32', {
      dimension_numbers: `#stablehlo.conv<${numbers}>`,
      window_strides: integers(strides),
      padding: paddings(pads),
      lhs_dilation: integers(spreadPictures),
      rhs_dilation: integers(spreadFilter),
      batch_group_count: '1 : i64',
      feature_group_count: '1 : i64',
    })
    const wide = this.#emit.convert(result, 'float32')
    return rounds ? this.#emit.likeBfloat16(wide) : wide
  }

  #product(
    name: string,
    operands: readonly Value[],
    shape: readonly number[],
    dtype: 'float32' | 'bfloat16',
    attributes: Readonly<Record<string, string>>,
  ): Value {
    const rounded = operands.map((operand) => this.#rounded(operand))
    // By default XLA may multiply float32 as the device does it fastest: on NVIDIA's, in TensorFloat-32.
    const precision = `#stablehlo<precision ${this.#precision === 'float32' ? 'HIGHEST' : 'DEFAULT'}>`
    const config = { ...attributes, precision_config: `[${precision}, ${precision}]` }
    return this.#emit.op({ name, operands: rounded, shape, dtype, attributes: config })
  }

  #rounded(operand: Value): Value {
    return this.#precision === 'bfloat16' ? this.#emit.convert(operand, 'bfloat16') : operand
  }
}

const ONES = [1, 1] as const

interface Geometry {
  /** Which axis of the operands and of the result is what: b(atch), f(eatures), i(nput), o(utput), 0 and 1 for pixels. */
  readonly numbers: string
  readonly pads: readonly (readonly [number, number])[]
  readonly strides?: Window['strides']
  readonly spreadPictures?: Window['strides']
  readonly spreadFilter?: Window['strides']
}
