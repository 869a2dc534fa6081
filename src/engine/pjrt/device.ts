import { PureGalaxyError } from '../../errors.ts'
import type { PjrtApi } from './api.ts'
import type { Pointer } from './native.ts'

/** Memory of a device in bytes; null where the plugin does not tell. */
export interface MemoryStats {
  readonly inUse: number
  readonly peakInUse: number | null
  readonly limit: number | null
}

/** A device that programs can run on. It lives as long as its client. */
export class PjrtDevice {
  readonly #api: PjrtApi
  readonly pointer: Pointer
  readonly id: number
  /** The vendor's name, such as `NVIDIA H200`, or `cpu`. */
  readonly kind: string

  constructor(api: PjrtApi, pointer: Pointer) {
    this.#api = api
    this.pointer = pointer
    const description = api.call('Device_GetDescription', { device: pointer }).pointer('device_description')
    this.id = api.call('DeviceDescription_Id', { device_description: description }).number('id')
    this.kind = api
      .call('DeviceDescription_Kind', { device_description: description })
      .text('device_kind', 'device_kind_size')
  }

  /** Memory in use now; null where the plugin keeps no account. */
  memoryStats(): MemoryStats | null {
    try {
      const reply = this.#api.call('Device_MemoryStats', { device: this.pointer })
      // A flag is one byte.
      const isSet = (flag: Parameters<typeof reply.number>[0]) => (reply.number(flag) & 0xff) !== 0
      return {
        inUse: reply.number('bytes_in_use'),
        peakInUse: isSet('peak_bytes_in_use_is_set') ? reply.number('peak_bytes_in_use') : null,
        limit: isSet('bytes_limit_is_set') ? reply.number('bytes_limit') : null,
      }
    } catch (error) {
      if (error instanceof PureGalaxyError && error.code === 'pjrt.unimplemented') return null
      throw error
    }
  }
}
