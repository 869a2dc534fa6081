import { PureGalaxyError } from '../errors.ts'
import type { EngineProvider } from './open.ts'
import type { EngineName } from './types.ts'

function absent(name: EngineName, reason: string): EngineProvider {
  return {
    name,
    training: true,
    unavailable: async () => reason,
    devices: async () => [],
    async open() {
      throw new PureGalaxyError('engine.unavailable', reason)
    },
  }
}

/** Places kept for engines that this version does not have; they list themselves and say so. */
export const xlaProvider = absent(
  'xla',
  'this version of puregalaxy has no XLA engine yet; use --engine onnx.',
)
