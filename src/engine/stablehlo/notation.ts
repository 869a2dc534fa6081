import type { GraphType } from '../graph/types.ts'

/** Element types of a lowered program: those of the graph, that in which products may be taken, words of random numbers. */
export type ElementType = GraphType | 'bfloat16' | 'uint32' | 'uint64'

const NAMES: Readonly<Record<ElementType, string>> = {
  float32: 'f32',
  bfloat16: 'bf16',
  int32: 'i32',
  uint8: 'ui8',
  uint32: 'ui32',
  uint64: 'ui64',
  bool: 'i1',
}

/** `tensor<64x32x32x3xf32>` */
export function tensorType(shape: readonly number[], dtype: ElementType): string {
  return `tensor<${shape.map((length) => `${length}x`).join('')}${NAMES[dtype]}>`
}

/** `array<i64: 1, 2>`: axes, strides, paddings. */
export function integers(values: readonly number[]): string {
  return values.length === 0 ? 'array<i64>' : `array<i64: ${values.join(', ')}>`
}

/** Pairs (before, after) per axis, as windows are padded. */
export function paddings(pairs: readonly (readonly [number, number])[]): string {
  const rows = pairs.map(([before, after]) => `[${before}, ${after}]`)
  return `dense<[${rows.join(', ')}]> : tensor<${pairs.length}x2xi64>`
}

/**
 * The values of a constant as MLIR writes them, exact to the bit: the little-endian bytes in hexadecimal. Where all
 * elements are equal one is written as a number (a float by its bits), and XLA need not keep the tensor.
 */
export function denseValues(values: Float32Array | Int32Array | Uint8Array): string {
  if (values.length === 0) return 'dense<>'
  const { buffer, byteOffset, byteLength, length } = values
  const numbers = values instanceof Float32Array ? new Uint32Array(buffer, byteOffset, length) : values
  if (numbers.some((number) => number !== numbers[0]))
    return `dense<"0x${Buffer.from(buffer, byteOffset, byteLength).toString('hex')}">`
  const [first] = numbers
  return `dense<${numbers === values ? first : `0x${first!.toString(16).padStart(8, '0')}`}>`
}
