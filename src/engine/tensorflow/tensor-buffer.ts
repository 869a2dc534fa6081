import { type Tensor, tensor } from '@tensorflow/tfjs-core'
import { PureGalaxyError } from '../../errors.ts'
import { formatSpec } from '../buffers.ts'
import type { DeviceBuffer, HostTensor, TensorSpec } from '../types.ts'

/** A tensor on the device where TensorFlow computes. Bytes are kept as int32: TensorFlow.js has no uint8. */
export class TensorBuffer implements DeviceBuffer {
  readonly spec: TensorSpec
  #tensor: Tensor | undefined

  /** Takes the tensor over: `dispose` frees it. */
  constructor(spec: TensorSpec, kept: Tensor) {
    this.spec = spec
    this.#tensor = kept
  }

  get tensor(): Tensor {
    if (!this.#tensor) {
      throw new PureGalaxyError(
        'engine.disposed',
        `A buffer ${formatSpec(this.spec)} was used after dispose().`,
      )
    }
    return this.#tensor
  }

  async read(): Promise<HostTensor> {
    const values = this.tensor.dataSync()
    const { shape, dtype } = this.spec
    // Copied: a tensor that no operation has used yet gives out the array that it was made of.
    if (dtype === 'float32') return { shape, dtype, data: Float32Array.from(values) }
    if (dtype === 'int32') return { shape, dtype, data: Int32Array.from(values) }
    return { shape, dtype, data: Uint8Array.from(values) }
  }

  dispose(): void {
    this.#tensor?.dispose()
    this.#tensor = undefined
  }
}

/** Makes a tensor of the active backend. The values are copied: TensorFlow would share the array. */
export function tensorOf({ shape, dtype, data }: HostTensor): Tensor {
  return dtype === 'float32'
    ? tensor(Float32Array.from(data), [...shape], 'float32')
    : tensor(Int32Array.from(data), [...shape], 'int32')
}
