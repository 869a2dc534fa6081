import { type Tensor, tensor, tidy, version_core } from '@tensorflow/tfjs-core'
import { PureGalaxyError } from '../../errors.ts'
import { withBackend } from '../backend.ts'
import { betweenTurns } from '../between-turns.ts'
import { HostBuffer, hostInputs, hostTensor } from '../buffers.ts'
import type { GraphType } from '../graph/types.ts'
import { registerPhilox } from '../philox-kernel.ts'
import { traceFunction } from '../trace/trace.ts'
import type {
  CompileOptions,
  DeviceBuffer,
  DType,
  Engine,
  EngineName,
  HostTensor,
  Program,
  ProgramDefinition,
  TensorFunction,
  TensorSpec,
} from '../types.ts'

/**
 * Runs functions operation by operation on a TensorFlow.js backend. `cpu` is the reference that every other engine
 * is compared with, so nothing of ours stands between the function and TensorFlow.js; the trace serves only to
 * know the outputs' shapes and to name an operation that the compiled engines would lack.
 */
export class EagerEngine implements Engine {
  readonly name: EngineName
  readonly devices: readonly string[]
  readonly version = version_core
  readonly #backend: string

  constructor(name: EngineName, backend: string, devices: readonly string[]) {
    this.name = name
    this.devices = devices
    this.#backend = backend
    registerPhilox(backend)
  }

  async compile(
    fn: TensorFunction,
    specs: readonly TensorSpec[],
    options: CompileOptions = {},
  ): Promise<Program> {
    const { constants = new Map<number, HostTensor>() } = options
    const backend = this.#backend
    const outputs = traceFunction(fn, specs, options).outputs.map((node) => hostSpec(node.shape, node.dtype))
    const inputs = specs.filter((_, position) => !constants.has(position))
    let released = false
    return {
      inputs,
      outputs,
      async run(given) {
        if (released) throw new PureGalaxyError('engine.disposed', 'A program was run after dispose().')
        const values = hostInputs(inputs, given)
        return betweenTurns(() => {
          const results: HostBuffer[] = []
          withBackend(backend, () =>
            tidy(() => {
              const free = [...values]
              const tensors = specs.map((_, position) =>
                eagerTensor(constants.get(position) ?? free.shift()!),
              )
              for (const [position, result] of fn(tensors).entries())
                results.push(new HostBuffer(readTensor(result, outputs[position]!.dtype)))
            }),
          )
          return results
        })
      },
      dispose() {
        released = true
      },
    }
  }

  async compileCached(_key: string, define: () => Promise<ProgramDefinition>): Promise<Program> {
    const definition = await define()
    return this.compile(definition.fn, definition.inputs, definition)
  }

  async upload(given: HostTensor): Promise<DeviceBuffer> {
    const checked = hostTensor(given.shape, given.dtype, given.data)
    return new HostBuffer({ ...checked, data: checked.data.slice() })
  }

  async dispose(): Promise<void> {}
}

function hostSpec(shape: readonly number[], dtype: GraphType): TensorSpec {
  return { shape, dtype: dtype === 'bool' ? 'int32' : dtype }
}

/** TensorFlow.js has no uint8: such values compute as int32. */
function eagerTensor({ shape, dtype, data }: HostTensor): Tensor {
  if (dtype === 'uint8') return tensor(Int32Array.from(data), [...shape], 'int32')
  return tensor(data as Float32Array | Int32Array, [...shape], dtype)
}

function readTensor(result: Tensor, dtype: DType): HostTensor {
  const values = result.dataSync()
  const data = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array }[dtype].from(values)
  return { shape: result.shape, dtype, data }
}
