import { type BackendValues, type DataType, KernelBackend } from '@tensorflow/tfjs-core'
import { PureGalaxyError } from '../../errors.ts'
import { constant } from '../graph/build.ts'
import type { GraphType, Node } from '../graph/types.ts'

export const TRACE = 'puregalaxy-trace'

/** TensorFlow.js types as types of the graph. */
export function graphType(dtype: DataType): GraphType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype
  throw new PureGalaxyError(
    'engine.type',
    `A traced function may use float32, int32 and bool tensors, not ${dtype}.`,
  )
}

/**
 * The TensorFlow.js backend that computes nothing: what it keeps for a tensor is the node of the graph that would
 * produce it. Values that a function brings along (`scalar(2)`) become constants; to ask for a value is an error,
 * because there is none while tracing.
 */
export class TraceBackend extends KernelBackend {
  readonly #nodes = new WeakMap<object, Node>()
  #count = 0

  /** The tensor handle of a node. */
  keep(node: Node): { dataId: object; shape: number[]; dtype: DataType } {
    const dataId = {}
    this.#nodes.set(dataId, node)
    this.#count++
    return { dataId, shape: [...node.shape], dtype: node.dtype === 'uint8' ? 'int32' : node.dtype }
  }

  nodeOf(dataId: object): Node {
    const node = this.#nodes.get(dataId)
    if (!node)
      throw new PureGalaxyError('engine.trace', 'A traced function used a tensor made outside of it.')
    return node
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    const type = graphType(dtype)
    const numbers = values as ArrayLike<number>
    const data =
      type === 'float32'
        ? Float32Array.from(numbers)
        : type === 'int32'
          ? Int32Array.from(numbers)
          : Uint8Array.from(numbers)
    return this.keep(constant(data, shape, type)).dataId
  }

  /** A tensor that another backend made before the trace began is taken over as a constant. */
  override move(dataId: object, values: BackendValues, shape: number[], dtype: DataType): void {
    this.#nodes.set(dataId, this.nodeOf(this.write(values, shape, dtype)))
  }

  override readSync(): never {
    throw new PureGalaxyError(
      'engine.trace',
      'A traced function asked for the value of a tensor (dataSync, data or array): its control flow may depend on shapes only.',
    )
  }

  override async read(): Promise<never> {
    return this.readSync()
  }

  override numDataIds(): number {
    return this.#count
  }

  override refCount(): number {
    return 1
  }

  override incRef(): void {}

  decRef(): void {}

  override disposeData(): boolean {
    return true
  }

  override memory() {
    return { unreliable: true }
  }

  override floatPrecision(): 32 {
    return 32
  }

  override epsilon(): number {
    return 1e-7
  }

  override dispose(): void {}
}
