import { createHash } from 'node:crypto'
import { PureGalaxyError } from '../../errors.ts'
import { checkInputs, foreignBuffer, hostTensor, isHostTensor } from '../buffers.ts'
import type { PjrtDevice, PjrtExecutable } from '../pjrt/index.ts'
import { ProgramCache } from '../program-cache.ts'
import type {
  CompileOptions,
  DeviceBuffer,
  Engine,
  HostTensor,
  Precision,
  Program,
  ProgramDefinition,
  TensorFunction,
  TensorSpec,
} from '../types.ts'
import { encodeCompileOptions } from './compile-options.ts'
import type { Connection } from './connection.ts'
import { translateErrors } from './errors.ts'
import type { LoweringTarget, StableHloProgram } from './lower-function.ts'
import { XlaBuffer } from './xla-buffer.ts'

interface Signature {
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

/** 0 where the plugin does not tell how much memory there is. */
function freeBytes(device: PjrtDevice): number {
  const stats = device.memoryStats()
  return stats?.limit ? stats.limit - stats.inUse : 0
}

/** What all come to, or the first failure once all have ended: until then some still make what is to be freed. */
async function allEnded<T>(work: readonly Promise<T>[], free: (value: T) => void = () => {}): Promise<T[]> {
  const ended = await Promise.allSettled(work)
  const values = ended.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  const failed = ended.find((end) => end.status === 'rejected')
  if (!failed) return values
  for (const value of values) free(value)
  throw failed.reason
}

/** Undefined where a plugin cannot serialise: then each start compiles. */
async function serialised(executable: PjrtExecutable): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await executable.serialise()
  } catch (error) {
    if (error instanceof PureGalaxyError) return undefined
    throw error
  }
}

/** Traced programs, compiled by XLA for one or several devices of a PJRT plugin. */
export class XlaEngine implements Engine {
  readonly name = 'xla'
  readonly devices: readonly string[]
  readonly version: string | undefined
  readonly freeDeviceBytes?: () => Promise<number>
  readonly #connection: Connection
  readonly #target: LoweringTarget
  readonly #cache = new ProgramCache('xla')

  /** @param connection belongs to the engine from now on, which disposes it */
  constructor(connection: Connection, precision: Precision) {
    this.#connection = connection
    this.devices = connection.names
    this.#target = { precision, devices: this.devices.length, accelerated: connection.accelerated }
    this.version = connection.version
    const [device] = connection.devices
    if (connection.accelerated) this.freeDeviceBytes = async () => freeBytes(device!)
  }

  /** Compiling takes seconds to minutes: executables are kept by the text of their program. */
  async compile(
    fn: TensorFunction,
    inputs: readonly TensorSpec[],
    options: CompileOptions = {},
  ): Promise<Program> {
    // Only here is TensorFlow.js needed.
    const { lowerFunction } = await import('./lower-function.ts')
    const program = lowerFunction({ fn, inputs, ...options }, this.#target)
    const hash = createHash('sha256').update(program.text).update(JSON.stringify(program.cpuOptions))
    const key = `text|${hash.digest('hex')}`
    return (await this.#recall(key)) ?? this.#compile(program, key)
  }

  async compileCached(name: string, define: () => Promise<ProgramDefinition>): Promise<Program> {
    const key = `${this.#target.precision}|${name}`
    const known = await this.#recall(key)
    if (known) return known
    const { lowerFunction } = await import('./lower-function.ts')
    return this.#compile(lowerFunction(await define(), this.#target), key)
  }

  upload(given: HostTensor): Promise<DeviceBuffer> {
    return this.#place(given)
  }

  async dispose(): Promise<void> {
    await this.#connection.client.dispose()
  }

  async #compile({ text, cpuOptions, ...signature }: StableHloProgram, key: string): Promise<Program> {
    const { identity } = this.#connection
    const executable = await translateErrors(() => this.#compileText(text, cpuOptions))
    const model = await serialised(executable)
    if (model) await this.#cache.write(`${identity}|${key}`, { model, ...signature })
    return this.#program(executable, signature)
  }

  /** A plugin of another version may not know an option; then it chooses by itself. */
  async #compileText(text: string, cpuOptions: StableHloProgram['cpuOptions']): Promise<PjrtExecutable> {
    const { client, accelerated } = this.#connection
    const devices = this.devices.length
    if (!accelerated && Object.keys(cpuOptions).length > 0) {
      const options = encodeCompileOptions({ devices, overrides: cpuOptions })
      const executable = await client.compile(text, options).catch((error) => {
        if (error instanceof PureGalaxyError && error.code === 'pjrt.invalid-argument') return undefined
        throw error
      })
      if (executable) return executable
    }
    return client.compile(text, encodeCompileOptions({ devices }))
  }

  /** The program that is kept under a key, unless there is none or the plugin does not take it. */
  async #recall(key: string): Promise<Program | undefined> {
    const { client, identity } = this.#connection
    const known = await this.#cache.read(`${identity}|${key}`)
    if (!known) return undefined
    try {
      return this.#program(await client.deserialise(known.model), known)
    } catch (error) {
      if (error instanceof PureGalaxyError) return undefined
      throw error
    }
  }

  async #place(given: HostTensor): Promise<XlaBuffer> {
    const { data, dtype, shape } = hostTensor(given.shape, given.dtype, given.data)
    const { client, devices } = this.#connection
    const uploads = devices.map((device) => client.upload(data, dtype, shape, device))
    return new XlaBuffer({ shape, dtype }, await translateErrors(() => allEnded(uploads, (b) => b.dispose())))
  }

  #program(executable: PjrtExecutable, { inputs, outputs }: Signature): Program {
    const { devices } = this.#connection
    let released = false
    return {
      inputs,
      outputs,
      run: async (given) => {
        if (released) throw new PureGalaxyError('engine.disposed', 'A program was run after dispose().')
        checkInputs(inputs, given)
        const placed: XlaBuffer[] = []
        try {
          const args = await allEnded(
            given.map(async (input) => {
              if (!isHostTensor(input)) {
                if (!(input instanceof XlaBuffer)) throw foreignBuffer(input)
                return input.buffers
              }
              const buffer = await this.#place(input)
              placed.push(buffer)
              return buffer.buffers
            }),
          )
          const perDevice = devices.map((_, device) => args.map((buffers) => buffers[device]!))
          const results = await translateErrors(() => executable.execute(perDevice))
          return outputs.map(
            (spec, position) =>
              new XlaBuffer(
                spec,
                results.map((list) => list[position]!),
              ),
          )
        } finally {
          for (const buffer of placed) buffer.dispose()
        }
      },
      dispose() {
        released = true
        executable.dispose()
      },
    }
  }
}
