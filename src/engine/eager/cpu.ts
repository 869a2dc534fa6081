import '@tensorflow/tfjs-backend-cpu'
import { engine } from '@tensorflow/tfjs-core'
import { startBackend } from '../backend.ts'
import type { EngineProvider } from '../open.ts'
import { EagerEngine } from './eager-engine.ts'

const DEVICES = ['TensorFlow.js cpu, 1 thread']

/** TensorFlow.js in plain JavaScript: slow, runs anywhere, the reference. */
export const cpuProvider: EngineProvider = {
  name: 'cpu',
  training: true,
  unavailable: async () => null,
  devices: async () => DEVICES,
  async open() {
    if (!('cpu' in engine().registry)) startBackend('cpu')
    return new EagerEngine('cpu', 'cpu', DEVICES)
  },
}
