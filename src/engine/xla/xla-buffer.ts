import { PureGalaxyError } from '../../errors.ts'
import { formatSpec } from '../buffers.ts'
import type { PjrtBuffer } from '../pjrt/index.ts'
import type { DeviceBuffer, HostTensor, TensorSpec } from '../types.ts'
import { translateErrors } from './errors.ts'

/** A tensor in the memory of PJRT devices: the whole of it on each that the engine computes on. */
export class XlaBuffer implements DeviceBuffer {
  readonly spec: TensorSpec
  #buffers: readonly PjrtBuffer[] | undefined

  constructor(spec: TensorSpec, buffers: readonly PjrtBuffer[]) {
    this.spec = spec
    this.#buffers = buffers
  }

  /**
   * One per device.
   * @throws PureGalaxyError `engine.disposed`
   */
  get buffers(): readonly PjrtBuffer[] {
    if (this.#buffers) return this.#buffers
    throw new PureGalaxyError(
      'engine.disposed',
      `A buffer ${formatSpec(this.spec)} was used after dispose().`,
    )
  }

  async read(): Promise<HostTensor> {
    return { ...this.spec, data: await translateErrors(() => this.buffers[0]!.read()) }
  }

  dispose(): void {
    for (const buffer of this.#buffers ?? []) buffer.dispose()
    this.#buffers = undefined
  }
}
