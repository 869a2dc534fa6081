import { engine, setBackend } from '@tensorflow/tfjs-core'
import { PureGalaxyError } from '../../errors.ts'
import { startBackend } from '../backend.ts'
import type { EngineProvider } from '../open.ts'
import { EagerEngine } from './eager-engine.ts'

const DEVICES = ['TensorFlow.js WebAssembly']

let started: Promise<boolean> | undefined

/**
 * Starts the backend, once for all engines of the process: of two starts at once TensorFlow.js lets the first fail. The
 * backend that was active stays so. One that another engine made active meanwhile is set anew, because TensorFlow.js,
 * when it is done here, computes with this one under the other's name.
 *
 * @param threads of the whole process; later engines share them
 */
async function start(threads: number | undefined): Promise<boolean> {
  const { setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm')
  if (threads !== undefined) setThreadsCount(threads)
  const state = engine()
  const former = state.backendName
  if (!(await setBackend('wasm'))) return false
  if (state.backendName !== 'wasm') startBackend('wasm')
  else if (former && former in state.registry) void setBackend(former)
  return true
}

/** TensorFlow.js in WebAssembly: no installation, inference only, since it lacks the kernels of some gradients. */
export const wasmProvider: EngineProvider = {
  name: 'wasm',
  training: false,
  unavailable: async () => ('WebAssembly' in globalThis ? null : 'this runtime has no WebAssembly.'),
  devices: async () => DEVICES,
  async open({ threads }) {
    started ??= start(threads)
    if (!(await started)) {
      started = undefined
      throw new PureGalaxyError(
        'engine.unavailable',
        'The WebAssembly backend of TensorFlow.js did not start.',
      )
    }
    return new EagerEngine('wasm', 'wasm', DEVICES)
  },
}
