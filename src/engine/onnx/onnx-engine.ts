import * as ort from 'onnxruntime-node'
import { PureGalaxyError } from '../../errors.ts'
import { HostBuffer, hostInputs, hostTensor } from '../buffers.ts'
import { ProgramCache, type StoredProgram } from '../program-cache.ts'
import type {
  CompileOptions,
  DeviceBuffer,
  Engine,
  HostTensor,
  Program,
  ProgramDefinition,
  TensorFunction,
  TensorSpec,
} from '../types.ts'
import { channelBlock } from './block-size.ts'

/** Traced programs on ONNX Runtime's CPU kernels: inference and training wherever npm reaches. */
export class OnnxEngine implements Engine {
  readonly name = 'onnx'
  readonly devices: readonly string[]
  readonly version = ort.env.versions.node ?? ort.env.versions.common
  readonly #threads: number
  readonly #cache = new ProgramCache('onnx')

  constructor(threads: number) {
    this.#threads = threads
    this.devices = [`CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`]
  }

  async compile(
    fn: TensorFunction,
    inputs: readonly TensorSpec[],
    options: CompileOptions = {},
  ): Promise<Program> {
    return this.#start(await this.#lower({ fn, inputs, ...options }))
  }

  async compileCached(key: string, define: () => Promise<ProgramDefinition>): Promise<Program> {
    // The lowered program depends on the processor, not on the number of threads.
    const whole = `${key}|block ${await channelBlock(ort)}`
    const known = await this.#cache.read(whole)
    if (known) return this.#start(known)
    const program = await this.#lower(await define())
    await this.#cache.write(whole, program)
    return this.#start(program)
  }

  async upload(given: HostTensor): Promise<DeviceBuffer> {
    const checked = hostTensor(given.shape, given.dtype, given.data)
    return new HostBuffer({ ...checked, data: checked.data.slice() })
  }

  async dispose(): Promise<void> {}

  async #lower(definition: ProgramDefinition): Promise<StoredProgram> {
    // Only a program that is not in the cache needs TensorFlow.js.
    const { lowerFunction } = await import('./lower-function.ts')
    return lowerFunction(definition, await channelBlock(ort))
  }

  async #start({ model, inputs, outputs }: StoredProgram): Promise<Program> {
    const session = await namingMissingMemory(() =>
      ort.InferenceSession.create(model, {
        executionProviders: ['cpu'],
        intraOpNumThreads: this.#threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
      }),
    )
    let released = false
    return {
      inputs,
      outputs,
      async run(given) {
        if (released) throw new PureGalaxyError('engine.disposed', 'A program was run after dispose().')
        const feeds: Record<string, ort.Tensor> = {}
        hostInputs(inputs, given).forEach(({ dtype, data, shape }, position) => {
          // An input that nothing reads is not part of the session.
          const name = `i${position}`
          if (session.inputNames.includes(name))
            feeds[name] = new ort.Tensor(dtype, data as Float32Array, shape)
        })
        const results = await namingMissingMemory(() => session.run(feeds))
        return outputs.map(({ shape, dtype }, position) => {
          const data = results[`o${position}`]!.data as HostTensor['data']
          return new HostBuffer({ shape, dtype, data })
        })
      },
      dispose() {
        if (released) return
        released = true
        void session.release()
      },
    }
  }
}

/** ONNX Runtime tells of memory that the system refused in words of its own, or of C++. */
async function namingMissingMemory<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (
      !(
        error instanceof Error &&
        /bad_alloc|Failed to allocate memory|Array buffer allocation failed/.test(error.message)
      )
    )
      throw error
    throw new PureGalaxyError(
      'engine.out-of-memory',
      'ONNX Runtime found not enough memory; use a smaller batch or smaller pictures, or end what else uses it.',
      { cause: error },
    )
  }
}
