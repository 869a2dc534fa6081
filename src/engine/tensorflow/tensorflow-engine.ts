import { cast, clone, type Tensor, tidy } from '@tensorflow/tfjs-core'
import { PureGalaxyError } from '../../errors.ts'
import { withBackend } from '../backend.ts'
import { betweenTurns } from '../between-turns.ts'
import { checkInputs, foreignBuffer, hostTensor, isHostTensor } from '../buffers.ts'
import { traceFunction } from '../trace/trace.ts'
import type {
  CompileOptions,
  DeviceBuffer,
  DType,
  Engine,
  HostTensor,
  Program,
  ProgramDefinition,
  TensorFunction,
  TensorSpec,
} from '../types.ts'
import { TENSORFLOW } from './node-backend.ts'
import { TensorBuffer, tensorOf } from './tensor-buffer.ts'

/**
 * Runs functions operation by operation in TensorFlow, through the backend of @tensorflow/tfjs-node or -gpu. Buffers and
 * constants stay on the device. The trace serves only to know the outputs' shapes and to name an operation that the
 * compiled engines would lack.
 */
export class TensorFlowEngine implements Engine {
  readonly name = 'tensorflow'
  readonly devices: readonly string[]
  readonly version: string

  constructor(devices: readonly string[], version: string) {
    this.devices = devices
    this.version = version
  }

  async compile(
    fn: TensorFunction,
    specs: readonly TensorSpec[],
    options: CompileOptions = {},
  ): Promise<Program> {
    const outputs = traceFunction(fn, specs, options).outputs.map(({ shape, dtype }): TensorSpec => {
      return { shape, dtype: dtype === 'bool' ? 'int32' : dtype }
    })
    const constants = new Map(
      [...(options.constants ?? [])].map(([position, value]) => [position, upload(value)] as const),
    )
    const inputs = specs.filter((_, position) => !constants.has(position))
    let released = false
    return {
      inputs,
      outputs,
      async run(given) {
        if (released) throw new PureGalaxyError('engine.disposed', 'A program was run after dispose().')
        checkInputs(inputs, given)
        const free = given.map(checkOwn)
        return betweenTurns(() => {
          const results = namingMissingMemory(() =>
            withBackend(TENSORFLOW, () =>
              tidy(() => {
                const operands = specs.map((_, at) => constants.get(at)?.tensor ?? operand(free.shift()!))
                return fn(operands).map((result, at) => ownResult(result, outputs[at]!.dtype))
              }),
            ),
          )
          return results.map((result, at) => new TensorBuffer(outputs[at]!, result))
        })
      },
      dispose() {
        released = true
        for (const buffer of constants.values()) buffer.dispose()
      },
    }
  }

  async compileCached(_key: string, define: () => Promise<ProgramDefinition>): Promise<Program> {
    const definition = await define()
    return this.compile(definition.fn, definition.inputs, definition)
  }

  async upload(given: HostTensor): Promise<DeviceBuffer> {
    return upload(given)
  }

  async dispose(): Promise<void> {}
}

function upload(given: HostTensor): TensorBuffer {
  const { shape, dtype, data } = hostTensor(given.shape, given.dtype, given.data)
  return new TensorBuffer(
    { shape, dtype },
    namingMissingMemory(() => withBackend(TENSORFLOW, () => tensorOf({ shape, dtype, data }))),
  )
}

function checkOwn(given: DeviceBuffer | HostTensor): TensorBuffer | HostTensor {
  if (given instanceof TensorBuffer || isHostTensor(given)) return given
  throw foreignBuffer(given)
}

const operand = (given: TensorBuffer | HostTensor): Tensor =>
  given instanceof TensorBuffer ? given.tensor : tensorOf(given)

/** A result with a handle of its own: a function may return its inputs, or one tensor twice. */
function ownResult(result: Tensor, dtype: DType): Tensor {
  const wanted = dtype === 'float32' ? 'float32' : 'int32'
  return result.dtype === wanted ? clone(result) : cast(result, wanted)
}

function namingMissingMemory<T>(body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof Error && /OOM|out of memory|RESOURCE_EXHAUSTED/i.test(error.message))) throw error
    throw new PureGalaxyError(
      'engine.out-of-memory',
      'TensorFlow found not enough memory on its device; use a smaller batch or smaller pictures.',
      { cause: error },
    )
  }
}
