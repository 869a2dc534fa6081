import type { GraphType } from '../graph/types.ts'
import { denseValues, type ElementType, integers, tensorType } from './notation.ts'

/** A tensor in the text of a program: its name there, shape and element type. */
export interface Value {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: ElementType
}

export interface OperationText {
  readonly name: string
  readonly operands: readonly Value[]
  readonly shape: readonly number[]
  readonly dtype: ElementType
  readonly attributes?: Readonly<Record<string, string>>
  /** How pairs of elements are combined, for operations that take functions. */
  readonly regions?: readonly Region[]
}

/** A function of two scalars. */
export type Region = 'add' | 'maximum' | 'minimum'

/**
 * Collects StableHLO operations, one a line, in MLIR's generic form, which is the same for every operation and has not
 * changed between versions. Constants that repeat are written once.
 */
export class StableHloEmitter {
  readonly lines: string[] = []
  readonly #barriers: boolean
  readonly #constants = new Map<string, Value>()
  #names = 0

  /** @param barriers whether {@link barrier} is one */
  constructor(barriers: boolean) {
    this.#barriers = barriers
  }

  op({ name, operands, shape, dtype, attributes = {}, regions = [] }: OperationText): Value {
    const result: Value = { name: `%${this.#names++}`, shape, dtype }
    const functions = regions.map((region) => regionText(region, operands[0]!.dtype))
    this.lines.push(
      `${result.name} = "stablehlo.${name}"(${operands.map((operand) => operand.name).join(', ')})` +
        (functions.length > 0 ? ` (${functions.join(', ')})` : '') +
        dictionary(attributes) +
        ` : (${operands.map(typeOf).join(', ')}) -> ${typeOf(result)}`,
    )
    return result
  }

  /** An operation whose result is like its first operand. */
  like(name: string, ...operands: readonly [Value, ...Value[]]): Value {
    const [{ shape, dtype }] = operands
    return this.op({ name, operands, shape, dtype })
  }

  constant(
    values: Float32Array | Int32Array | Uint8Array,
    shape: readonly number[],
    dtype: GraphType,
  ): Value {
    // Booleans would be packed eight to a byte.
    if (dtype === 'bool') return this.convert(this.constant(values, shape, 'uint8'), 'bool')
    return this.#constant(denseValues(values), shape, dtype)
  }

  /** A scalar of a type that the graph does not have. */
  integer(value: number, dtype: 'uint32' | 'uint64'): Value {
    return this.#constant(`dense<${value}>`, [], dtype)
  }

  #constant(values: string, shape: readonly number[], dtype: ElementType): Value {
    const content = `${values} : ${tensorType(shape, dtype)}`
    // Weights do not repeat, and are no good as keys.
    const known = content.length < 256 ? this.#constants.get(content) : undefined
    if (known) return known
    const value = this.op({ name: 'constant', operands: [], shape, dtype, attributes: { value: content } })
    if (content.length < 256) this.#constants.set(content, value)
    return value
  }

  scalar(number: number, dtype: GraphType = 'float32'): Value {
    const values =
      dtype === 'float32'
        ? Float32Array.of(number)
        : dtype === 'int32'
          ? Int32Array.of(number)
          : Uint8Array.of(number)
    return this.constant(values, [], dtype)
  }

  convert(x: Value, dtype: ElementType): Value {
    return x.dtype === dtype ? x : this.op({ name: 'convert', operands: [x], shape: x.shape, dtype })
  }

  /** float32 as bfloat16 has it. By itself XLA leaves a rounding out that is followed by its contrary, as on its CPU. */
  likeBfloat16(x: Value): Value {
    const attributes = { exponent_bits: '8 : i32', mantissa_bits: '7 : i32' }
    return this.op({ name: 'reduce_precision', operands: [x], shape: x.shape, dtype: x.dtype, attributes })
  }

  reshape(x: Value, shape: readonly number[]): Value {
    if (x.shape.join() === shape.join()) return x
    return this.op({ name: 'reshape', operands: [x], shape, dtype: x.dtype })
  }

  /** To a larger shape by NumPy's rules. */
  broadcast(x: Value, shape: readonly number[]): Value {
    if (x.shape.join() === shape.join()) return x
    const dimensions = x.shape.map((_, axis) => shape.length - x.shape.length + axis)
    const attributes = { broadcast_dimensions: integers(dimensions) }
    return this.op({ name: 'broadcast_in_dim', operands: [x], shape, dtype: x.dtype, attributes })
  }

  transpose(x: Value, permutation: readonly number[]): Value {
    const shape = permutation.map((axis) => x.shape[axis]!)
    const attributes = { permutation: integers(permutation) }
    return this.op({ name: 'transpose', operands: [x], shape, dtype: x.dtype, attributes })
  }

  reverse(x: Value, axes: readonly number[]): Value {
    const attributes = { dimensions: integers(axes) }
    return this.op({ name: 'reverse', operands: [x], shape: x.shape, dtype: x.dtype, attributes })
  }

  /**
   * The same value, computed before whatever uses it: XLA does not merge loops across it. That helps its CPU plugin;
   * elsewhere merged loops save memory traffic.
   */
  barrier(x: Value): Value {
    return this.#barriers ? this.like('optimization_barrier', x) : x
  }

  slice(
    x: Value,
    begin: readonly number[],
    end: readonly number[],
    strides: readonly number[] = begin.map(() => 1),
  ): Value {
    const limits = end.map((limit, axis) => Math.max(limit, begin[axis]!))
    const attributes = {
      start_indices: integers(begin),
      limit_indices: integers(limits),
      strides: integers(strides),
    }
    const shape = limits.map((limit, axis) => Math.ceil((limit - begin[axis]!) / strides[axis]!))
    return this.op({ name: 'slice', operands: [x], shape, dtype: x.dtype, attributes })
  }

  /** Padding with a scalar; negative amounts cut. `interior` elements go between neighbours. */
  pad(
    x: Value,
    filler: Value,
    before: readonly number[],
    after: readonly number[],
    interior: readonly number[] = before.map(() => 0),
  ): Value {
    const shape = x.shape.map(
      (length, axis) => before[axis]! + after[axis]! + length + Math.max(0, length - 1) * interior[axis]!,
    )
    const attributes = {
      edge_padding_low: integers(before),
      edge_padding_high: integers(after),
      interior_padding: integers(interior),
    }
    return this.op({ name: 'pad', operands: [x, filler], shape, dtype: x.dtype, attributes })
  }

  /** Combines the elements along `axes`, which disappear. */
  reduce(x: Value, start: Value, region: Region, axes: readonly number[]): Value {
    return this.op({
      name: 'reduce',
      operands: [x, start],
      shape: x.shape.filter((_, axis) => !axes.includes(axis)),
      dtype: x.dtype,
      regions: [region],
      attributes: { dimensions: integers(axes) },
    })
  }

  /** `EQ`, `GE`, `GT` or `LT`; nothing compares with NaN. */
  compare(a: Value, b: Value, direction: string): Value {
    const attributes = { comparison_direction: `#stablehlo<comparison_direction ${direction}>` }
    return this.op({ name: 'compare', operands: [a, b], shape: a.shape, dtype: 'bool', attributes })
  }

  select(condition: Value, whenTrue: Value, whenFalse: Value): Value {
    const { shape, dtype } = whenTrue
    return this.op({ name: 'select', operands: [condition, whenTrue, whenFalse], shape, dtype })
  }
}

/** Type of a value, as it is written. */
export const typeOf = ({ shape, dtype }: Value): string => tensorType(shape, dtype)

function dictionary(attributes: Readonly<Record<string, string>>): string {
  const entries = Object.entries(attributes).map(([name, value]) => `${name} = ${value}`)
  return entries.length === 0 ? '' : ` {${entries.join(', ')}}`
}

function regionText(region: Region, dtype: ElementType): string {
  const scalar = tensorType([], dtype)
  return (
    `{ ^bb0(%a: ${scalar}, %b: ${scalar}): ` +
    `%c = "stablehlo.${region}"(%a, %b) : (${scalar}, ${scalar}) -> ${scalar} ` +
    `"stablehlo.return"(%c) : (${scalar}) -> () }`
  )
}
