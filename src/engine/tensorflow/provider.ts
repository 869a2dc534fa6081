import { PureGalaxyError } from '../../errors.ts'
import type { EngineProvider } from '../open.ts'
import { usualThreads } from './environment.ts'
import { probeTensorFlow, type TensorFlowProbe } from './probe.ts'

const nextStep = () =>
  process.env.PUREGALAXY_TENSORFLOW
    ? 'set PUREGALAXY_TENSORFLOW to the folder of a package that is whole, or unset it'
    : 'install it with "puregalaxy engine install tensorflow" (tensorflow-cuda for NVIDIA GPUs)'

function deviceNames({ version, gpu }: TensorFlowProbe, threads = usualThreads()): string[] {
  const device = gpu ? 'GPU' : `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
  return [`TensorFlow ${version}, ${device}`]
}

/** TensorFlow itself, operation by operation; only asked for by name, since `auto` has faster engines. */
export const tensorflowProvider: EngineProvider = {
  name: 'tensorflow',
  training: true,
  async unavailable() {
    try {
      return (await probeTensorFlow())
        ? null
        : `neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is here; ${nextStep()}.`
    } catch (error) {
      return `TensorFlow does not load (${(error as Error).message}); ${nextStep()}, or use --engine onnx.`
    }
  },
  async devices() {
    const probe = await probeTensorFlow()
    return probe ? deviceNames(probe) : []
  },
  async open({ threads }) {
    const probe = await probeTensorFlow()
    if (!probe) throw new PureGalaxyError('engine.unavailable', `TensorFlow is not here; ${nextStep()}.`)
    const { loadBackend } = await import('./load.ts')
    const started = loadBackend(probe.folder, threads)
    const { TensorFlowEngine } = await import('./tensorflow-engine.ts')
    return new TensorFlowEngine(deviceNames(probe, started), probe.version)
  },
}
