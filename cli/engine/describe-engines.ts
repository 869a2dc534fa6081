import { totalmem } from 'node:os'
import { type EngineInfo, listEngines } from '../../src/engine/index.ts'
import type { FoundPlugin } from '../../src/engine/xla/find-plugin.ts'

/** The PJRT plugin behind `xla`. */
export interface PluginDescription extends Omit<FoundPlugin, 'preload' | 'version'> {
  /** Version of the Python package that brought it, where known. */
  readonly package: string | null
  /** Version of the PJRT interface that it speaks. */
  readonly api: string
}

/** One line of `engine list`. */
export interface EngineDescription extends EngineInfo {
  /** Of the library that computes; null where it is not available or does not say. */
  readonly version: string | null
  /** Of each device, in bytes; of a CPU the machine's. Null where the device does not say. */
  readonly memory: readonly (number | null)[]
  readonly plugin: PluginDescription | null
  /** What would make it faster here, or null. */
  readonly advice: string | null
}

type Details = Pick<EngineDescription, 'version' | 'memory' | 'plugin' | 'advice'>

/** Every engine with what can be said of it. */
export async function describeEngines(): Promise<EngineDescription[]> {
  const described: EngineDescription[] = []
  // One after the other: each says what it has to say of its own devices.
  for (const engine of await listEngines()) {
    const nothing: Details = { version: null, memory: [], plugin: null, advice: null }
    described.push({ ...engine, ...(engine.available ? await detailsOf(engine) : nothing) })
  }
  return described
}

async function detailsOf({ name, devices }: EngineInfo): Promise<Details> {
  const host = { memory: devices.map(() => totalmem()), plugin: null, advice: null }
  switch (name) {
    case 'xla':
      return pluginDetails()
    case 'onnx': {
      const { env } = await import('onnxruntime-node')
      return { version: env.versions.node ?? env.versions.common, ...host }
    }
    case 'tensorflow': {
      const { probeTensorFlow } = await import('../../src/engine/tensorflow/probe.ts')
      const found = await probeTensorFlow()
      return {
        ...host,
        version: found?.version ?? null,
        ...(found?.gpu ? { memory: devices.map(() => null) } : {}),
      }
    }
    default: {
      const { version_core } = await import('@tensorflow/tfjs-core')
      return { version: version_core, ...host }
    }
  }
}

async function pluginDetails(): Promise<Details> {
  const { connect, requirePlugin } = await import('../../src/engine/xla/connection.ts')
  const { loadPlugin } = await import('../../src/engine/pjrt/index.ts')
  const { path, platform, source, version, preload } = await requirePlugin()
  const { client, devices, accelerated } = await connect()
  try {
    const memory = devices.map((device) => (accelerated ? (device.memoryStats()?.limit ?? null) : totalmem()))
    const api = loadPlugin(path, { preload }).apiVersion.join('.')
    const plugin = { path, platform, source, package: version, api }
    return { version, memory, plugin, advice: accelerated ? null : await unusedAccelerator() }
  } finally {
    await client.dispose()
  }
}

/** The accelerator of this machine that the CPU plugin leaves idle, and what to do. */
async function unusedAccelerator(): Promise<string | null> {
  const { findAccelerators, usablePlatforms } = await import('../../src/engine/xla/plugin-platform.ts')
  const [best] = usablePlatforms(await findAccelerators())
  if (best === undefined || best === 'cpu') return null
  const maker = best === 'rocm' ? 'An AMD' : 'An NVIDIA'
  return `${maker} accelerator is here and not used: puregalaxy engine install xla-${best} puts it to work.`
}
