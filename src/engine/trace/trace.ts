import '../gradients.ts'
import {
  engine,
  registerBackend,
  registerKernel,
  type Tensor,
  type TensorInfo,
  tidy,
} from '@tensorflow/tfjs-core'
import { PureGalaxyError } from '../../errors.ts'
import { startBackend, withBackend } from '../backend.ts'
import { checkSpec, formatSpec, hostTensor } from '../buffers.ts'
import { cast, constant, input } from '../graph/build.ts'
import type { Graph, Node } from '../graph/types.ts'
import type { CompileOptions, TensorFunction, TensorSpec } from '../types.ts'
import { TRACE, TraceBackend } from './backend.ts'
import { TRACE_KERNELS } from './kernels.ts'

/**
 * Runs a function once on tensors that have shapes but no values, and returns the graph of what it did. Gradients are
 * TensorFlow.js's own: its tape calls the gradient functions, which call operations, which are recorded like any.
 *
 * @param fn function of tensors; its control flow may depend on shapes only
 * @param specs one per input of `fn`; a uint8 input reaches `fn` as int32
 * @param options.constants inputs whose values are known, by position
 * @param options.outputTypes what the outputs are cast to
 * @throws PureGalaxyError `engine.shape`, `engine.type` where an input is no tensor, or a constant none of its input's shape;
 *   `engine.unsupported-operation`, naming a TensorFlow.js kernel that the graph has no form for
 */
export function traceFunction(
  fn: TensorFunction,
  specs: readonly TensorSpec[],
  { constants, outputTypes }: CompileOptions = {},
): Graph {
  const backend = traceBackend()
  const inputs: Node[] = []
  const operands = specs.map((spec, position) => {
    checkSpec(spec)
    const value = constants?.get(position)
    if (value && formatSpec(value) !== formatSpec(spec)) {
      throw new PureGalaxyError(
        'engine.shape',
        `Input ${position} is ${formatSpec(spec)}, but its constant is ${formatSpec(value)}.`,
      )
    }
    const given = value
      ? constant(hostTensor(spec.shape, spec.dtype, value.data).data, spec.shape, spec.dtype)
      : input(inputs.length, spec.shape, spec.dtype)
    if (!value) inputs.push(given)
    return given.dtype === 'uint8' ? cast(given, 'int32') : given
  })
  const outputs = withBackend(TRACE, () => {
    const nodes: Node[] = []
    tidy(() => {
      const tensors = operands.map((operand) => tensorOf(backend, operand))
      for (const [position, result] of callNamingMissingKernels(fn, tensors).entries()) {
        const output = backend.nodeOf(result.dataId)
        nodes.push(cast(output, outputTypes?.[position] ?? output.dtype))
      }
    })
    return nodes
  })
  return { inputs, outputs }
}

function tensorOf(backend: TraceBackend, node: Node): Tensor {
  const { dataId, shape, dtype } = backend.keep(node)
  return engine().makeTensorFromDataId(dataId, shape, dtype, backend)
}

function callNamingMissingKernels(fn: TensorFunction, tensors: Tensor[]): Tensor[] {
  try {
    return fn(tensors)
  } catch (error) {
    const missing = error instanceof Error && /[Kk]ernel '(\w+)' not registered/.exec(error.message)
    if (!missing) throw error
    throw new PureGalaxyError(
      'engine.unsupported-operation',
      `The traced function uses TensorFlow.js's "${missing[1]}", which the compiled engines do not know; ` +
        `they know ${Object.keys(TRACE_KERNELS).sort().join(', ')}.`,
      { cause: error },
    )
  }
}

let registered: TraceBackend | undefined

/** The backend and its kernels, registered with TensorFlow.js at the first trace. */
function traceBackend(): TraceBackend {
  if (registered) return registered
  const backend = new TraceBackend()
  registerBackend(TRACE, () => backend, 0)
  for (const [kernelName, kernel] of Object.entries(TRACE_KERNELS)) {
    registerKernel({
      kernelName,
      backendName: TRACE,
      kernelFunc: ({ inputs, attrs }) =>
        backend.keep(
          kernel((name) => backend.nodeOf((inputs[name] as TensorInfo).dataId), attrs ?? {}, inputs),
        ) as TensorInfo,
    })
  }
  startBackend(TRACE)
  registered = backend
  return backend
}
