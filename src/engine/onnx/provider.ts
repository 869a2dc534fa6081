import { PureGalaxyError } from '../../errors.ts'
import type { EngineProvider } from '../open.ts'

export const onnxProvider: EngineProvider = {
  name: 'onnx',
  training: true,
  unavailable: async () => 'it is being written.',
  devices: async () => [],
  async open() {
    throw new PureGalaxyError('engine.unavailable', 'it is being written.')
  },
}
