import type { PjrtApi } from './api.ts'
import type { PjrtClient } from './client.ts'
import { type ElementArray, type ElementType, elementType, newArray } from './element-types.ts'
import type { EventQueue } from './events.ts'
import { type Handle, holding } from './handles.ts'
import { copyWords, type Pointer } from './native.ts'
import { TILED_LAYOUT, writeStructure } from './structures.ts'

/** PJRT_Buffer_MemoryLayout_Tiled, whose own size comes first within the layout. */
const TILED_SIZE = 56

/** An array in a device's memory. It may not be computed yet. */
export class PjrtBuffer {
  readonly #api: PjrtApi
  readonly #reads: EventQueue
  readonly #client: PjrtClient
  /** For calls that take the buffer; PJRT's object lives as long as it. */
  readonly handle: Handle

  constructor(api: PjrtApi, client: PjrtClient, reads: EventQueue, handle: Handle) {
    this.#api = api
    this.#reads = reads
    this.handle = handle
    this.#client = client
  }

  get elementType(): ElementType {
    return elementType(this.#api.call('Buffer_ElementType', { buffer: this.handle.pointer }).number('type'))
  }

  get shape(): number[] {
    const reply = this.#api.call('Buffer_Dimensions', { buffer: this.handle.pointer })
    return copyWords(reply.pointer('dims'), reply.number('num_dims')).map(Number)
  }

  /**
   * Copies the values to the host, row-major, once they are computed.
   * @throws PureGalaxyError `pjrt.<status>` when their computation failed; `pjrt.disposed`
   */
  read(): Promise<ElementArray> {
    return this.#client.use(() => holding([this.handle], ([src]) => this.#read(src!)))
  }

  /** Frees the memory, once what uses it has ended. Idempotent. */
  dispose(): void {
    this.handle.release()
  }

  async #read(src: Pointer): Promise<ElementArray> {
    const { shape } = this
    const values = newArray(
      this.elementType,
      shape.reduce((product, length) => product * length, 1),
    )
    if (values.length === 0) return values
    const order = BigInt64Array.from(shape, (_, axis) => BigInt(shape.length - 1 - axis))
    const layout = writeStructure(TILED_LAYOUT, {
      tiled_struct_size: TILED_SIZE,
      minor_to_major: order,
      minor_to_major_size: order.length,
    })
    const given = { src, host_layout: layout, dst: values, dst_size: values.byteLength }
    const reply = this.#api.call('Buffer_ToHostBuffer', given, order)
    await this.#reads.wait(reply.pointer('event'))
    return values
  }
}
