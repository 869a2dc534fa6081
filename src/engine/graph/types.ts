import type { DType } from '../types.ts'

/**
 * The intermediate form between TensorFlow.js and the compiled engines: a directed acyclic graph of typed nodes with
 * static shapes. It has few operations on purpose. Whatever TensorFlow.js expresses with the others (means, squares,
 * softmax …) is written in terms of these while tracing, so that a lowering stays small. Pictures are NHWC and
 * convolution filters HWIO, as in TensorFlow.js; a lowering may choose another layout.
 */
export type GraphType = DType | 'bool'

export type UnaryKind = 'neg' | 'abs' | 'sqrt' | 'exp' | 'log' | 'sigmoid' | 'softplus' | 'not'
export type ArithmeticKind = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum'
export type ComparisonKind = 'greater' | 'greaterEqual' | 'less' | 'equal' | 'and'
export type Reducer = 'sum' | 'max' | 'min'

/** Geometry of a convolution or pooling over [height, width]. */
export interface Window {
  readonly kernel: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padTop: number
  readonly padBottom: number
  readonly padLeft: number
  readonly padRight: number
}

export type Operation =
  | { readonly kind: 'input'; readonly position: number }
  | { readonly kind: 'constant'; readonly values: Float32Array | Int32Array | Uint8Array }
  | { readonly kind: UnaryKind }
  | { readonly kind: ArithmeticKind }
  | { readonly kind: ComparisonKind }
  /** condition, values where true, values where false. */
  | { readonly kind: 'select' }
  /** To the node's dtype; towards zero from float to integer. */
  | { readonly kind: 'cast' }
  | { readonly kind: 'reduce'; readonly reducer: Reducer; readonly axes: readonly number[] }
  /** Position of the first maximum along the last axis. */
  | { readonly kind: 'argMax' }
  | { readonly kind: 'reshape' }
  /** To the node's shape, by NumPy's rules. */
  | { readonly kind: 'broadcast' }
  | { readonly kind: 'transpose'; readonly permutation: readonly number[] }
  | {
      readonly kind: 'pad'
      readonly before: readonly number[]
      readonly after: readonly number[]
      readonly value: number
    }
  | {
      readonly kind: 'slice'
      readonly begin: readonly number[]
      readonly end: readonly number[]
      readonly strides: readonly number[]
    }
  /** Pictures NHWC with zeros after each pixel: height and width grow by `strides`. */
  | { readonly kind: 'dilate'; readonly strides: readonly [number, number] }
  | { readonly kind: 'reverse'; readonly axes: readonly number[] }
  | { readonly kind: 'concat'; readonly axis: number }
  /** values, int32 indices; along the first axis. */
  | { readonly kind: 'gather' }
  /**
   * Counter c0 to c3 and key k0, k1, int32 read as words, which broadcast → the block of Philox4x32-10 in halves of 16
   * bits, int32, along a last axis of 8. The one operation on words: the graph has no others.
   */
  | { readonly kind: 'philox' }
  /** Matrix product over the last two axes; those before broadcast. */
  | { readonly kind: 'matMul'; readonly transposeA: boolean; readonly transposeB: boolean }
  /** pictures NHWC, filter HWIO. */
  | { readonly kind: 'conv2d'; readonly window: Window }
  /** gradient of the output, filter → gradient of the pictures. */
  | { readonly kind: 'conv2dInputGradient'; readonly window: Window }
  /** pictures, gradient of the output → gradient of the filter. */
  | { readonly kind: 'conv2dFilterGradient'; readonly window: Window }
  | { readonly kind: 'maxPool'; readonly window: Window }
  /** gradient of the output, pictures → gradient of the pictures; a tie goes to the first of the window. */
  | { readonly kind: 'maxPoolGradient'; readonly window: Window }

export type OperationKind = Operation['kind']
export type OperationOf<K extends OperationKind> = Extract<Operation, { kind: K }>

export interface Node {
  readonly id: number
  readonly operation: Operation
  readonly inputs: readonly Node[]
  readonly shape: readonly number[]
  readonly dtype: GraphType
}

/** A traced function. `inputs` lists the inputs that a run takes, used or not, in order. */
export interface Graph {
  readonly inputs: readonly Node[]
  readonly outputs: readonly Node[]
}
