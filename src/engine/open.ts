import { PureGalaxyError } from '../errors.ts'
import type { Engine, EngineInfo, EngineName, OpenEngineOptions } from './types.ts'

/** How an engine says whether it can run here, and starts. */
export interface EngineProvider {
  readonly name: EngineName
  readonly training: boolean
  /** Null when it can run, else why it cannot and what to do. */
  unavailable(): Promise<string | null>
  devices(): Promise<readonly string[]>
  /** Whether it computes on something faster than the CPU; absent: it does not. */
  accelerated?(): Promise<boolean>
  open(options: OpenEngineOptions): Promise<Engine>
}

/** Where each engine is found; only the one that is wanted is loaded. */
const PROVIDERS: Readonly<Record<EngineName, () => Promise<EngineProvider>>> = {
  onnx: async () => (await import('./onnx/provider.ts')).onnxProvider,
  xla: async () => (await import('./xla/provider.ts')).xlaProvider,
  tensorflow: async () => (await import('./tensorflow/provider.ts')).tensorflowProvider,
  wasm: async () => (await import('./eager/wasm.ts')).wasmProvider,
  cpu: async () => (await import('./eager/cpu.ts')).cpuProvider,
}

export const ENGINE_NAMES = Object.keys(PROVIDERS) as readonly EngineName[]

interface Candidate {
  readonly name: EngineName
  /** Only where it computes on an accelerator. */
  readonly accelerated?: boolean
}

/** Fastest first: what `auto` tries, by purpose. On CPUs XLA trains no faster than ONNX Runtime (docs/results.md), and has to be installed. */
const PREFERENCE: Readonly<Record<'training' | 'inference', readonly Candidate[]>> = {
  training: [{ name: 'xla', accelerated: true }, { name: 'onnx' }, { name: 'xla' }, { name: 'cpu' }],
  inference: [
    { name: 'xla', accelerated: true },
    ...(['onnx', 'xla', 'wasm', 'cpu'] as const).map((name) => ({ name })),
  ],
}

/**
 * Starts an engine.
 *
 * @param name an engine, or `auto`: the fastest that is available for the purpose
 * @throws PureGalaxyError `engine.unknown`; `engine.unavailable`, saying why and what to do; `engine.option` for a
 *   precision or a number of devices that the engine does not have
 * @example
 * const engine = await openEngine('auto', { purpose: 'inference' })
 */
export async function openEngine(
  name: EngineName | 'auto',
  options: OpenEngineOptions = {},
): Promise<Engine> {
  const { purpose = 'training', threads, devices = 1 } = options
  if (!(Number.isInteger(devices) && devices > 0))
    throw new PureGalaxyError(
      'engine.option',
      `The number of devices must be a whole number above 0, not ${devices}.`,
    )
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    throw new PureGalaxyError(
      'engine.threads',
      `The number of threads must be a whole number above 0, not ${threads}.`,
    )
  }
  if (name === 'auto') {
    for (const { name: candidate, accelerated } of PREFERENCE[purpose]) {
      const provider = await PROVIDERS[candidate]()
      if (accelerated && !(await provider.accelerated?.())) continue
      if ((await provider.unavailable()) === null) return start(provider, options)
    }
  }
  if (!Object.hasOwn(PROVIDERS, name)) {
    throw new PureGalaxyError(
      'engine.unknown',
      `There is no engine "${name}". Choose auto or one of ${ENGINE_NAMES.join(', ')}.`,
    )
  }
  const provider = await PROVIDERS[name as EngineName]()
  if (options.purpose === 'training' && !provider.training) {
    throw new PureGalaxyError(
      'engine.no-training',
      `Engine "${name}" cannot train: it lacks the gradients. Use --engine onnx, or cpu where nothing else runs.`,
    )
  }
  const reason = await provider.unavailable()
  if (reason !== null)
    throw new PureGalaxyError('engine.unavailable', `Engine "${name}" cannot run here: ${reason}`)
  return start(provider, options)
}

function start(provider: EngineProvider, options: OpenEngineOptions): Promise<Engine> {
  const { precision = 'float32', devices = 1 } = options
  if (provider.name !== 'xla' && (precision !== 'float32' || devices > 1)) {
    throw new PureGalaxyError(
      'engine.option',
      `Engine "${provider.name}" computes in float32 on one device: bfloat16 and several devices need --engine xla.`,
    )
  }
  return provider.open(options)
}

/** Every engine, with the reason where one is not available. */
export async function listEngines(): Promise<EngineInfo[]> {
  return Promise.all(
    ENGINE_NAMES.map(async (name) => {
      const provider = await PROVIDERS[name]()
      const reason = await provider.unavailable()
      const devices = reason === null ? await provider.devices() : []
      return {
        name,
        available: reason === null,
        reason,
        devices,
        training: reason === null && provider.training,
      }
    }),
  )
}
