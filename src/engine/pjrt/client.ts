import { PureGalaxyError } from '../../errors.ts'
import type { PjrtApi } from './api.ts'
import { PjrtBuffer } from './buffer.ts'
import { PjrtDevice } from './device.ts'
import { type ElementArray, type ElementType, newArray, typeCode } from './element-types.ts'
import { EventQueue, freeEvent } from './events.ts'
import { PjrtExecutable } from './executable.ts'
import { Handle, type HandleKind, holding } from './handles.ts'
import { copyWords, type Pointer } from './native.ts'
import { NAMED_VALUE, PROGRAM, writeStructure } from './structures.ts'

/** Settings of a plugin by name, such as `{ memory_fraction: 0.9 }`; which there are is the plugin's matter. */
export type CreateOptions = Readonly<Record<string, string | number | boolean>>

/** What an executable has started: its results per device, and an event per device that tells its end. */
export interface Launch {
  readonly results: PjrtBuffer[][]
  readonly finished: readonly Pointer[]
}

/** Runs under way at most: enough that a device never waits for the host, few enough to bound its memory. */
const UNFINISHED_LIMIT = 2
/** Below this size a copy takes less time than handing it to another thread. */
const SMALL_COPY = 16_384
/** PJRT_HostBufferSemantics_kImmutableOnlyDuringCall: the plugin has its own copy when the call returns. */
const COPIED_DURING_CALL = 0

/** A plugin at work: its devices, and what lives on them. */
export class PjrtClient {
  readonly platformName: string
  /** The plugin's build, which executables that it serialised belong to. */
  readonly platformVersion: string
  /** Devices that this process can give work to. */
  readonly devices: readonly PjrtDevice[]
  readonly #api: PjrtApi
  readonly #handle: Handle
  readonly #owned = new Set<Handle>()
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #reads: EventQueue
  readonly #ends: EventQueue
  #unfinished: Promise<unknown>[] = []
  #lastLaunch: Promise<unknown> = Promise.resolve()

  private constructor(api: PjrtApi, client: Pointer) {
    this.#api = api
    this.#handle = new Handle('client', client, (pointer) => api.call('Client_Destroy', { client: pointer }))
    this.#reads = new EventQueue(api)
    this.#ends = new EventQueue(api)
    this.platformName = api
      .call('Client_PlatformName', { client })
      .text('platform_name', 'platform_name_size')
    this.platformVersion = api
      .call('Client_PlatformVersion', { client })
      .text('platform_version', 'platform_version_size')
    const found = api.call('Client_AddressableDevices', { client })
    this.devices = copyWords(
      found.pointer('addressable_devices'),
      found.number('num_addressable_devices'),
    ).map((pointer) => new PjrtDevice(api, pointer))
  }

  /** @throws PureGalaxyError `pjrt.<status>` when the plugin does not find its devices, or refuses an option */
  static async create(api: PjrtApi, options: CreateOptions): Promise<PjrtClient> {
    const { values, memory } = namedValues(options)
    const reply = await api.callAsync(
      'Client_Create',
      { create_options: values, num_options: Object.keys(options).length },
      memory,
    )
    return new PjrtClient(api, reply.pointer('client'))
  }

  /**
   * Compiles a program.
   *
   * @param program StableHLO as text, with a function `@main`
   * @param options CompileOptionsProto of XLA, serialised
   * @throws PureGalaxyError `pjrt.invalid-argument` where the program is malformed, with the plugin's explanation
   */
  compile(program: string, options: Uint8Array): Promise<PjrtExecutable> {
    // MLIR's reader looks for a zero behind the text.
    const [code, format] = [Buffer.from(`${program}\0`), Buffer.from('mlir')]
    const described = writeStructure(PROGRAM, {
      code,
      code_size: code.length - 1,
      format,
      format_size: format.length,
    })
    return this.#use(async (client) => {
      const given = {
        client,
        program: described,
        compile_options: options,
        compile_options_size: options.length,
      }
      const reply = await this.#api.callAsync('Client_Compile', given, code, format)
      return this.#adoptExecutable(reply.pointer('executable'))
    })
  }

  /**
   * Takes up an executable that `PjrtExecutable.serialise` wrote, with this plugin's build and for these devices.
   * @throws PureGalaxyError `pjrt.<status>`
   */
  deserialise(bytes: Uint8Array): Promise<PjrtExecutable> {
    return this.#use(async (client) => {
      const given = { client, serialized_executable: bytes, serialized_executable_size: bytes.length }
      const reply = await this.#api.callAsync('Executable_DeserializeAndLoad', given)
      return this.#adoptExecutable(reply.pointer('loaded_executable'))
    })
  }

  /**
   * Copies an array to a device. It must not change until the promise resolves.
   * @param data row-major, as many elements as `shape` says
   */
  upload(
    data: ElementArray,
    type: ElementType,
    shape: readonly number[],
    device: PjrtDevice,
  ): Promise<PjrtBuffer> {
    const expected = shape.reduce((product, length) => product * length, 1)
    if (data.length !== expected || data.constructor !== newArray(type, 0).constructor) {
      throw new PureGalaxyError(
        'pjrt.shape',
        `An array ${type}[${shape.join(',')}] holds ${expected} elements, but a ${data.constructor.name} of ` +
          `${data.length} was given.`,
      )
    }
    const given = {
      data,
      type: typeCode(type),
      dims: BigInt64Array.from(shape, BigInt),
      num_dims: shape.length,
      host_buffer_semantics: COPIED_DURING_CALL,
      device: device.pointer,
    }
    return this.#use(async (client) => {
      const reply =
        data.byteLength > SMALL_COPY
          ? await this.#api.callAsync('Client_BufferFromHostBuffer', { client, ...given })
          : this.#api.call('Client_BufferFromHostBuffer', { client, ...given })
      freeEvent(this.#api, reply.pointer('done_with_host_buffer'))
      return this.adoptBuffer(reply.pointer('buffer'))
    })
  }

  /** Runs launches one after the other, so that devices see them in order, and holds back what is too far ahead. */
  launch(start: () => Promise<Launch>): Promise<PjrtBuffer[][]> {
    return this.#use(async () => {
      const turn = this.#lastLaunch.then(async () => {
        if (this.#unfinished.length >= UNFINISHED_LIMIT) await this.#unfinished.shift()
        const { results, finished } = await start()
        // A failure is the results' too: reading one reports it.
        const end = Promise.allSettled(finished.map((event) => this.#ends.wait(event)))
        this.#unfinished.push(this.#track(end))
        return results
      })
      this.#lastLaunch = turn.catch(() => {})
      return turn
    })
  }

  /** Takes over a buffer that PJRT made. */
  adoptBuffer(buffer: Pointer): PjrtBuffer {
    const free = (pointer: Pointer) => this.#api.call('Buffer_Destroy', { buffer: pointer })
    return new PjrtBuffer(this.#api, this.#reads, this.#own('buffer', buffer, free))
  }

  /** Waits for what is under way and frees everything: buffers and executables too. Idempotent. */
  async dispose(): Promise<void> {
    if (this.#handle.released) return
    const { pointer } = this.#handle
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
    if (this.#handle.released || pointer === 0n) return
    for (const handle of this.#owned) handle.release()
    this.#handle.release()
  }

  #adoptExecutable(executable: Pointer): PjrtExecutable {
    const free = (pointer: Pointer) => this.#api.call('LoadedExecutable_Destroy', { executable: pointer })
    return new PjrtExecutable(this.#api, this, this.#own('executable', executable, free))
  }

  #own(kind: HandleKind, pointer: Pointer, free: (pointer: Pointer) => void): Handle {
    const handle = new Handle(kind, pointer, (address) => {
      this.#owned.delete(handle)
      free(address)
    })
    this.#owned.add(handle)
    return handle
  }

  #use<T>(work: (client: Pointer) => Promise<T>): Promise<T> {
    return this.#track(holding([this.#handle], ([client]) => work(client!)))
  }

  #track<T>(promise: Promise<T>): Promise<T> {
    this.#underWay.add(promise)
    const done = () => this.#underWay.delete(promise)
    promise.then(done, done)
    return promise
  }
}

/** PJRT_NamedValue_Type. */
const VALUE_TYPE = { string: 0, integer: 1, float: 3, boolean: 4 } as const

/** Options as an array of PJRT_NamedValue, and the memory that it points to. */
function namedValues(options: CreateOptions): { values: Uint8Array; memory: readonly unknown[] } {
  const memory: unknown[] = []
  const structures = Object.entries(options).map(([name, value]) => {
    const key = Buffer.from(name)
    const text = Buffer.from(String(value))
    memory.push(key, text)
    const common = { name: key, name_size: key.length, value_size: 1 }
    if (typeof value === 'string') {
      return writeStructure(NAMED_VALUE, {
        ...common,
        type: VALUE_TYPE.string,
        value: text,
        value_size: text.length,
      })
    }
    if (typeof value === 'boolean') {
      return writeStructure(NAMED_VALUE, { ...common, type: VALUE_TYPE.boolean, value: Number(value) })
    }
    if (Number.isInteger(value)) {
      return writeStructure(NAMED_VALUE, { ...common, type: VALUE_TYPE.integer, value })
    }
    const bits = new DataView(new ArrayBuffer(4))
    bits.setFloat32(0, value)
    return writeStructure(NAMED_VALUE, { ...common, type: VALUE_TYPE.float, value: bits.getUint32(0) })
  })
  return { values: new Uint8Array(Buffer.concat(structures)), memory }
}
