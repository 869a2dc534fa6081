import { PureGalaxyError } from '../../errors.ts'
import type { PjrtApi } from './api.ts'
import type { PjrtBuffer } from './buffer.ts'
import type { PjrtClient } from './client.ts'
import { type Handle, holding } from './handles.ts'
import { callDeleter, copyBytes, type Pointer } from './native.ts'
import { EXECUTE_OPTIONS, writePointers, writeStructure } from './structures.ts'

/** A program compiled for one or several devices. */
export class PjrtExecutable {
  readonly #api: PjrtApi
  readonly #client: PjrtClient
  readonly #handle: Handle
  /** Devices that it runs on at once, each with its own arguments. */
  readonly deviceCount: number
  readonly outputCount: number

  constructor(api: PjrtApi, client: PjrtClient, handle: Handle) {
    this.#api = api
    this.#client = client
    this.#handle = handle
    this.deviceCount = api
      .call('LoadedExecutable_AddressableDevices', { executable: handle.pointer })
      .number('num_addressable_devices')
    const executable = this.#program(handle.pointer)
    try {
      this.outputCount = api.call('Executable_NumOutputs', { executable }).number('num_outputs')
    } finally {
      api.call('Executable_Destroy', { executable })
    }
  }

  /**
   * What `PjrtClient.deserialise` of the same plugin makes into an executable again.
   * @throws PureGalaxyError `pjrt.<status>`; `pjrt.disposed`
   */
  serialise(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#client.use(() => holding([this.#handle], ([loaded]) => this.#serialise(loaded!)))
  }

  /**
   * Starts the program and returns its results, which may still be under way: reading one waits for it. Arguments that
   * the program declares as donated hold nothing afterwards and want only `dispose()`.
   *
   * @param args per device, its arguments
   * @returns per device, its results
   * @throws PureGalaxyError `pjrt.<status>`
   */
  execute(args: readonly (readonly PjrtBuffer[])[]): Promise<PjrtBuffer[][]> {
    if (args.length !== this.deviceCount) {
      throw new PureGalaxyError(
        'pjrt.devices',
        `The program runs on ${this.deviceCount} devices, but arguments for ${args.length} were given.`,
      )
    }
    const handles = [this.#handle, ...args.flat().map(({ handle }) => handle)]
    return holding(handles, ([executable, ...buffers]) => {
      const rest = buffers.values()
      const pointers = args.map((list) => Array.from(list, () => rest.next().value!))
      const finished = new BigUint64Array(args.length)
      return this.#client.launch(finished, () => this.#launch(executable!, pointers, finished))
    })
  }

  /** Frees it, once what it runs has ended. Idempotent. */
  dispose(): void {
    this.#handle.release()
  }

  async #launch(
    executable: Pointer,
    args: readonly (readonly Pointer[])[],
    finished: BigUint64Array,
  ): Promise<PjrtBuffer[][]> {
    const inputs = args.map(writePointers)
    const outputs = args.map(() => new BigUint64Array(this.outputCount))
    await this.#api.callAsync(
      'LoadedExecutable_Execute',
      {
        executable,
        options: writeStructure(EXECUTE_OPTIONS, {}),
        argument_lists: writePointers(inputs),
        num_devices: args.length,
        num_args: args[0]!.length,
        output_lists: writePointers(outputs),
        device_complete_events: finished,
      },
      inputs,
    )
    return outputs.map((list) => Array.from(list, (pointer) => this.#client.adoptBuffer(pointer)))
  }

  async #serialise(loaded: Pointer): Promise<Uint8Array<ArrayBuffer>> {
    const executable = this.#program(loaded)
    try {
      const reply = await this.#api.callAsync('Executable_Serialize', { executable })
      try {
        return copyBytes(reply.pointer('serialized_bytes'), reply.number('serialized_bytes_size'))
      } finally {
        const owner = reply.pointer('serialized_executable')
        callDeleter(reply.pointer('serialized_executable_deleter'), owner)
      }
    } finally {
      this.#api.call('Executable_Destroy', { executable })
    }
  }

  /** What was compiled, apart from the devices that it is loaded on; to be destroyed. */
  #program(loaded: Pointer): Pointer {
    return this.#api
      .call('LoadedExecutable_GetExecutable', { loaded_executable: loaded })
      .pointer('executable')
  }
}
