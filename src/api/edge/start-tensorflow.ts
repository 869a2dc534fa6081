import { BackendWasm } from '@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js'
import '@tensorflow/tfjs-backend-wasm/dist/register_all_kernels.js'
import createModule from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js'
import { env, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core'
import { PureGalaxyError } from '../../errors.ts'

/** What TensorFlow.js asks of the place that it runs in; it knows browsers and Node. */
const PLATFORM: Parameters<ReturnType<typeof env>['setPlatform']>[1] = {
  fetch: (path, init) => fetch(path, init),
  now: () => performance.now(),
  encode: (text) => new TextEncoder().encode(text),
  decode: (bytes, encoding) => new TextDecoder(encoding).decode(bytes),
  isTypedArray: (value): value is Float32Array | Int32Array | Uint8Array | Uint8ClampedArray =>
    value instanceof Float32Array ||
    value instanceof Int32Array ||
    value instanceof Uint8Array ||
    value instanceof Uint8ClampedArray,
}

/** What emscripten adds to a module. */
interface Emscripten {
  cwrap(
    name: string,
    returns: 'number' | null,
    parameters: readonly 'number'[],
  ): (...values: number[]) => number
}

let started: Promise<void> | undefined

/**
 * Starts TensorFlow.js on a WebAssembly module that was compiled elsewhere: at the edge none may be compiled from bytes. Once
 * in the life of a program, whatever module comes later, unless it fails. Waits for nothing but itself, so that it may run before
 * the first request.
 *
 * @param module tfjs-backend-wasm-simd.wasm
 * @throws PureGalaxyError `engine.unavailable`
 */
export function startTensorflow(module: WebAssembly.Module): Promise<void> {
  started ??= start(module).catch((error: unknown) => {
    started = undefined
    throw new PureGalaxyError(
      'engine.unavailable',
      `TensorFlow.js did not start on WebAssembly (${(error as Error).message}). Give it tensorflow.wasm of this version.`,
      { cause: error },
    )
  })
  return started
}

async function start(module: WebAssembly.Module): Promise<void> {
  // A browser sets its own.
  if (!env().platform) env().setPlatform('edge', PLATFORM)
  env().set('PROD', true)
  const tensorflow = (await createModule({
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports)
      done(instance)
      return instance.exports
    },
  })) as Awaited<ReturnType<typeof createModule>> & Emscripten
  // As the package's own start does it, which would fetch and compile the module.
  tensorflow.tfjs = {
    init: tensorflow.cwrap('init', null, []),
    initWithThreadsCount: tensorflow.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: tensorflow.cwrap('get_threads_count', 'number', []),
    registerTensor: tensorflow.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: tensorflow.cwrap('dispose_data', null, ['number']),
    dispose: tensorflow.cwrap('dispose', null, []),
  }
  registerBackend('wasm', () => new BackendWasm(tensorflow))
  if (await setBackend('wasm')) return
  removeBackend('wasm')
  throw new Error('its module does not work')
}
