import { engine, setBackend } from '@tensorflow/tfjs-core'
import { PureGalaxyError } from '../../errors.ts'
import type { EngineProvider } from '../open.ts'
import { EagerEngine } from './eager-engine.ts'

const DEVICES = ['TensorFlow.js WebAssembly']

/** TensorFlow.js in WebAssembly: no installation, inference only, since it lacks the kernels of some gradients. */
export const wasmProvider: EngineProvider = {
  name: 'wasm',
  training: false,
  unavailable: async () => ('WebAssembly' in globalThis ? null : 'this runtime has no WebAssembly.'),
  devices: async () => DEVICES,
  async open({ threads }) {
    const { setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm')
    if (!('wasm' in engine().registry)) {
      if (threads !== undefined) setThreadsCount(threads)
      const started = await setBackend('wasm')
      if (!started) {
        throw new PureGalaxyError(
          'engine.unavailable',
          'The WebAssembly backend of TensorFlow.js did not start.',
        )
      }
    }
    return new EagerEngine('wasm', 'wasm', DEVICES)
  },
}
