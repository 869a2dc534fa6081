import { PureGalaxyError } from '../../errors.ts'
import type { EngineProvider } from '../open.ts'
import { type Connection, type ConnectionOptions, connect, requirePlugin } from './connection.ts'
import { findPlugin } from './find-plugin.ts'

/** Runs wherever a PJRT plugin is found. Nothing native is loaded before it is asked whether it can. */
export const xlaProvider: EngineProvider = {
  name: 'xla',
  training: true,
  unavailable: () =>
    probe().then(
      () => null,
      (error) => {
        if (error instanceof PureGalaxyError) return error.message
        throw error
      },
    ),
  devices: async () => (await probe()).names,
  async accelerated() {
    const found = await findPlugin()
    // What the CPU is installed for need not be tried to know that.
    if ('reason' in found || (found.source === 'installed' && found.platform === 'cpu')) return false
    try {
      return (await requirePlugin()).platform !== 'cpu' && (await probe()).accelerated
    } catch (error) {
      if (error instanceof PureGalaxyError) return false
      throw error
    }
  },
  async open({ threads, devices, precision = 'float32' }) {
    const connection = await start({ threads, devices })
    const { XlaEngine } = await import('./xla-engine.ts')
    return new XlaEngine(connection, precision)
  },
}

type Probe = Pick<Connection, 'names' | 'accelerated'>

const probes = new Map<string, Promise<Probe>>()

/** What a plugin finds when it is started. Starting one takes a second on a GPU: this is done once. */
async function probe(): Promise<Probe> {
  const { path } = await requirePlugin()
  const known = probes.get(path)
  if (known) return known
  const started = start().then(async ({ client, names, accelerated }) => {
    await client.dispose()
    return { names, accelerated }
  })
  probes.set(path, started)
  // What failed may be mended meanwhile.
  started.catch(() => probes.delete(path))
  return started
}

/** Connects; what PJRT says becomes a message with the next step. */
async function start(options?: ConnectionOptions): Promise<Connection> {
  try {
    return await connect(options)
  } catch (error) {
    if (!(error instanceof PureGalaxyError) || !error.code.startsWith('pjrt.')) throw error
    throw new PureGalaxyError('engine.unavailable', startFailure(error), { cause: error })
  }
}

function startFailure({ code, message }: PureGalaxyError): string {
  return ['library', 'plugin', 'version', 'unimplemented'].some((part) => code === `pjrt.${part}`)
    ? `${message} Install a plugin for this machine with puregalaxy engine install, or name one in PUREGALAXY_PJRT_PLUGIN.`
    : `the PJRT plugin does not start: ${message} Mend that, or use --engine onnx.`
}
