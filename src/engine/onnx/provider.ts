import { availableParallelism } from 'node:os'
import { PureGalaxyError } from '../../errors.ts'
import type { EngineProvider } from '../open.ts'

// ONNX Runtime notes sessions in a file of the user's cache, to be sent to its makers. Nobody asked for that here.
process.env.ORT_DISABLE_TELEMETRY ??= '1'

/** By default the cores that this process may use, which can be fewer than the machine has. */
const threadsOf = (threads: number | undefined) => threads ?? availableParallelism()

/** Node adds to an addon that is not found the stack of modules that asked for it. */
const firstLine = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]

/** ONNX Runtime comes with the package; where its native part does not load, this says so. */
export const onnxProvider: EngineProvider = {
  name: 'onnx',
  training: true,
  async unavailable() {
    try {
      await import('onnxruntime-node')
      return null
    } catch (error) {
      return (
        `onnxruntime-node does not load on ${process.platform} ${process.arch} ` +
        `(${firstLine(error)}). Install it again with ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node, ` +
        'or install another fast engine with puregalaxy engine install xla-cpu; --engine wasm classifies without either.'
      )
    }
  },
  devices: async () => [`CPU, ${threadsOf(undefined)} threads`],
  async open({ threads }) {
    const { OnnxEngine } = await import('./onnx-engine.ts')
    const count = threadsOf(threads)
    if (count > 1024)
      throw new PureGalaxyError('engine.threads', `${count} threads are too many; give at most 1024.`)
    return new OnnxEngine(count)
  },
}
