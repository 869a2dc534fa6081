import { availableParallelism } from 'node:os'
import { PureGalaxyError } from '../../errors.ts'
import type { EngineProvider } from '../open.ts'

// ONNX Runtime notes sessions in a file of the user's cache, to be sent to its makers. Nobody asked for that here.
process.env.ORT_DISABLE_TELEMETRY ??= '1'

/** By default the cores that this process may use, which can be fewer than the machine has. */
const threadsOf = (threads: number | undefined) => threads ?? availableParallelism()

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
        `(${error instanceof Error ? error.message : String(error)}); use --engine wasm or cpu.`
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
