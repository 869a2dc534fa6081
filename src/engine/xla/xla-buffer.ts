import { PureGalaxyError } from '../../errors.ts'
import { formatSpec } from '../buffers.ts'
import type { PjrtBuffer } from '../pjrt/index.ts'
import type { DeviceBuffer, HostTensor, TensorSpec } from '../types.ts'
import { translateErrors } from './errors.ts'

/** A tensor in the memory of a PJRT device. */
export class XlaBuffer implements DeviceBuffer {
  readonly spec: TensorSpec
  #buffer: PjrtBuffer | undefined

  constructor(spec: TensorSpec, buffer: PjrtBuffer) {
    this.spec = spec
    this.#buffer = buffer
  }

  /** @throws PureGalaxyError `engine.disposed` */
  get buffer(): PjrtBuffer {
    if (this.#buffer) return this.#buffer
    throw new PureGalaxyError(
      'engine.disposed',
      `A buffer ${formatSpec(this.spec)} was used after dispose().`,
    )
  }

  async read(): Promise<HostTensor> {
    return { ...this.spec, data: await translateErrors(() => this.buffer.read()) }
  }

  dispose(): void {
    this.#buffer?.dispose()
    this.#buffer = undefined
  }
}
