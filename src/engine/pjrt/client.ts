import { PureGalaxyError } from '../../errors.ts'
import type { PjrtApi } from './api.ts'
import { PjrtBuffer } from './buffer.ts'
import { type CreateOptions, namedValues } from './create-options.ts'
import { PjrtDevice } from './device.ts'
import { type ElementArray, type ElementType, newArray, typeCode } from './element-types.ts'
import { EventQueue, freeEvent } from './events.ts'
import { PjrtExecutable } from './executable.ts'
import { Handle, type HandleKind, holding } from './handles.ts'
import { copyWords, type Pointer } from './native.ts'
import { PROGRAM, writeStructure } from './structures.ts'

/**
 * Runs under way at most: enough that a device never waits for the host (a step of training, the batch and the step after
 * it), few enough to bound its memory.
 */
const UNFINISHED_LIMIT = 4
/** Milliseconds that a launch may take when the process ends. */
const LAUNCH_LIMIT = 2000
/** Below this size a copy takes less time than handing it to another thread. */
const SMALL_COPY = 16_384
/** PJRT_HostBufferSemantics_kImmutableOnlyDuringCall: the plugin has its own copy when the call returns. */
const COPIED_DURING_CALL = 0

/** Buffers that nobody disposed are freed when they are collected: late, but not never. */
const FORGOTTEN = new FinalizationRegistry<Handle>((handle) => handle.release())

const CLIENTS = new Set<PjrtClient>()

/** A plugin's threads that compute while the process takes itself apart would crash it. */
function blockUntilIdle(): void {
  for (const client of CLIENTS) client.blockUntilIdle()
}

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
  readonly #launching = new Set<BigUint64Array>()
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
    if (CLIENTS.size === 0) process.on('exit', blockUntilIdle)
    CLIENTS.add(this)
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
    return this.use(async (client) => {
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
    return this.use(async (client) => {
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
    return this.use(async (client) => {
      const reply =
        data.byteLength > SMALL_COPY
          ? await this.#api.callAsync('Client_BufferFromHostBuffer', { client, ...given })
          : this.#api.call('Client_BufferFromHostBuffer', { client, ...given })
      freeEvent(this.#api, reply.pointer('done_with_host_buffer'))
      return this.adoptBuffer(reply.pointer('buffer'))
    })
  }

  /**
   * Runs launches one after the other, so that devices see them in order, and holds back what is too far ahead.
   * @param finished where `start` has an event per device written, which tells the end of its run
   */
  launch(finished: BigUint64Array, start: () => Promise<PjrtBuffer[][]>): Promise<PjrtBuffer[][]> {
    return this.use(async () => {
      const turn = this.#lastLaunch.then(async () => {
        if (this.#unfinished.length >= UNFINISHED_LIMIT) await this.#unfinished.shift()
        this.#launching.add(finished)
        try {
          const results = await start()
          // A failure is the results' too: reading one reports it.
          const end = Promise.allSettled(Array.from(finished, (event) => this.#ends.wait(event)))
          this.#unfinished.push(this.#track(end))
          return results
        } finally {
          this.#launching.delete(finished)
        }
      })
      this.#lastLaunch = turn.catch(() => {})
      return turn
    })
  }

  /** Takes over a buffer that PJRT made. */
  adoptBuffer(buffer: Pointer): PjrtBuffer {
    const free = (pointer: Pointer) => this.#api.call('Buffer_Destroy', { buffer: pointer })
    const handle = this.#own('buffer', buffer, free)
    const adopted = new PjrtBuffer(this.#api, this, this.#reads, handle)
    FORGOTTEN.register(adopted, handle)
    return adopted
  }

  /**
   * Runs something that needs the client: `dispose` waits for it.
   * @throws PureGalaxyError `pjrt.disposed`
   */
  use<T>(work: (client: Pointer) => Promise<T>): Promise<T> {
    return this.#track(holding([this.#handle], ([client]) => work(client!)))
  }

  /** Waits for what is under way and frees everything: buffers and executables too. Idempotent. */
  async dispose(): Promise<void> {
    if (this.#handle.released) return
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
    for (const handle of this.#owned) handle.release()
    this.#handle.release()
    CLIENTS.delete(this)
    if (CLIENTS.size === 0) process.off('exit', blockUntilIdle)
  }

  /** Waits on this thread for what devices are at: for when the process ends. */
  blockUntilIdle(): void {
    for (const events of this.#launching) {
      const clock = new Int32Array(new SharedArrayBuffer(4))
      for (let waited = 0; events.includes(0n) && waited < LAUNCH_LIMIT; waited++)
        Atomics.wait(clock, 0, 0, 1)
      for (const event of events) if (event !== 0n) this.#ends.wait(event)
    }
    this.#ends.blockUntilReady()
    this.#reads.blockUntilReady()
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

  #track<T>(promise: Promise<T>): Promise<T> {
    this.#underWay.add(promise)
    const done = () => this.#underWay.delete(promise)
    promise.then(done, done)
    return promise
  }
}
