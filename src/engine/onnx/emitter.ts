import type { GraphType } from '../graph/types.ts'
import type { OnnxNode, OnnxTensor } from './proto.ts'

export const NCHWC = 'com.microsoft.nchwc'

/** Collects ONNX nodes under fresh names; constants that repeat are written once. */
export class OnnxEmitter {
  readonly nodes: OnnxNode[] = []
  readonly initializers: OnnxTensor[] = []
  readonly #constants = new Map<string, string>()
  #names = 0

  fresh(): string {
    return `v${this.#names++}`
  }

  /** Adds a node with one output and returns the output's name. */
  op(type: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}, domain = ''): string {
    return this.ops(type, inputs, 1, attributes, domain)[0]!
  }

  ops(
    type: string,
    inputs: readonly string[],
    count: number,
    attributes: OnnxNode['attributes'] = {},
    domain = '',
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.fresh())
    this.nodes.push({ type, inputs, outputs, attributes, domain })
    return outputs
  }

  tensor(dtype: GraphType, shape: readonly number[], values: Float32Array | Int32Array | Uint8Array): string {
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    return this.#initializer({ dtype, shape, data })
  }

  /** A vector of int64: shapes, axes, paddings. */
  integers(values: readonly number[]): string {
    const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
    return this.#initializer({ dtype: 'int64', shape: [values.length], data })
  }

  float(value: number): string {
    return this.tensor('float32', [], Float32Array.of(value))
  }

  reshape(x: string, shape: readonly number[]): string {
    return this.op('Reshape', [x, this.integers(shape)])
  }

  transpose(x: string, perm: readonly number[]): string {
    return this.op('Transpose', [x], { perm })
  }

  /** Constant padding; negative amounts cut. */
  pad(x: string, before: readonly number[], after: readonly number[], value?: string): string {
    if ([...before, ...after].every((amount) => amount === 0)) return x
    const operands = [x, this.integers([...before, ...after])]
    return this.op('Pad', value === undefined ? operands : [...operands, value])
  }

  #initializer(tensor: Omit<OnnxTensor, 'name'>): string {
    // Only small ones are worth looking up: weights do not repeat.
    const small = tensor.data.length <= 256
    const key = small ? `${tensor.dtype}|${tensor.shape.join()}|${tensor.data.join()}` : ''
    const known = small ? this.#constants.get(key) : undefined
    if (known) return known
    const name = this.fresh()
    this.initializers.push({ name, ...tensor })
    if (small) this.#constants.set(key, name)
    return name
  }
}
