import { stat } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { PureGalaxyError } from '../../errors.ts'
import type { PjrtClient, PjrtDevice, PjrtPlugin } from '../pjrt/index.ts'
import { type FoundPlugin, findPlugin } from './find-plugin.ts'
import { clientOptions, platformOfName } from './plugin-platform.ts'
import { tryPlugin } from './trial.ts'

/** How a plugin is started. */
export interface ConnectionOptions {
  /** Threads of the CPU plugin; other platforms have no use for it. Default: the cores that this process may use. */
  readonly threads?: number
  /** Devices to compute on, the first ones; the CPU plugin makes as many as are wanted. Default 1. */
  readonly devices?: number
}

/** A plugin at work, and the devices that an engine computes on. */
export interface Connection {
  readonly client: PjrtClient
  readonly devices: readonly PjrtDevice[]
  /** For people: `NVIDIA H200, 139.8 GiB`. */
  readonly names: readonly string[]
  /** Of the package that brought the plugin, where that is known. */
  readonly version: string | undefined
  /** Whether the devices are something faster than the CPU. */
  readonly accelerated: boolean
  /** Changes with whatever makes a compiled program unfit for another plugin, build or machine. */
  readonly identity: string
}

/**
 * Loads the plugin of this machine and starts it.
 *
 * @throws PureGalaxyError `engine.unavailable` where no plugin is found, or koffi does not load; `engine.devices`;
 *   `pjrt.<…>` where the plugin does not load or start
 */
export async function connect(options: ConnectionOptions = {}): Promise<Connection> {
  const found = await requirePlugin()
  const { loadPlugin } = await import('../pjrt/index.ts')
  const { threads = availableParallelism(), devices = 1 } = options
  // Plugins note their doings on stderr, and once more what they return as an error.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3'
  const plugin = loadPlugin(found.path, { preload: found.preload })
  const client = await (found.platform === 'cpu'
    ? withThreads(threads, () => plugin.createClient({ cpu_device_count: devices }))
    : plugin.createClient(clientOptions(found.platform)))
  try {
    const described = await describe(client, plugin.apiVersion, found.path, threads, devices)
    return { ...described, version: found.version ?? undefined }
  } catch (error) {
    await client.dispose()
    throw error
  }
}

/** @throws PureGalaxyError `engine.devices` where the client has fewer */
async function describe(
  client: PjrtClient,
  apiVersion: PjrtPlugin['apiVersion'],
  path: string,
  threads: number,
  devices: number,
): Promise<Omit<Connection, 'version'>> {
  const have = client.devices.length
  if (have < devices) {
    throw new PureGalaxyError(
      'engine.devices',
      `${devices} devices were asked for, but ${path} finds ${have}: ask for ${have} or fewer.`,
    )
  }
  const used = client.devices.slice(0, devices)
  const kinds = used.map(({ kind }) => kind)
  const { size, mtimeMs } = await stat(path)
  const identity = [
    ...[path, size, mtimeMs, apiVersion, client.platformName, client.platformVersion, kinds],
    ...[process.arch, cpus()[0]?.model, process.env.XLA_FLAGS ?? ''],
    isCpu(client) ? threads : '',
  ].join('|')
  const names = used.map((device) => nameOf(device, client, threads))
  return { client, devices: used, names, accelerated: !isCpu(client), identity }
}

/**
 * The plugin of this machine, tried: it does not end the process that loads it, and has said what it computes on, which a
 * path does not always tell.
 *
 * @throws PureGalaxyError `engine.unavailable` where none is found, koffi does not load, or it ended the process of its trial
 */
export async function requirePlugin(): Promise<FoundPlugin> {
  const found = await findPlugin()
  if ('reason' in found) throw new PureGalaxyError('engine.unavailable', found.reason)
  await requireKoffi()
  const { platformName } = await tryPlugin(found)
  return { ...found, platform: platformOfName(platformName, found.platform) }
}

async function requireKoffi(): Promise<void> {
  try {
    await import('koffi')
  } catch (error) {
    throw new PureGalaxyError(
      'engine.unavailable',
      `koffi, through which plugins are called, does not load on ${process.platform} ${process.arch} ` +
        `(${error instanceof Error ? error.message : String(error)}); use --engine onnx.`,
      { cause: error },
    )
  }
}

const isCpu = ({ platformName }: PjrtClient) => platformName === 'cpu'

let starting: Promise<unknown> = Promise.resolve()

/**
 * XLA's CPU client takes the number of its threads from PJRT_NPROC, when it is made. The environment is the whole
 * process's: one start at a time.
 */
function withThreads<T>(threads: number, start: () => Promise<T>): Promise<T> {
  const started = starting.then(async () => {
    const former = process.env.PJRT_NPROC
    process.env.PJRT_NPROC = String(threads)
    try {
      return await start()
    } finally {
      if (former === undefined) delete process.env.PJRT_NPROC
      else process.env.PJRT_NPROC = former
    }
  })
  starting = started.catch(() => {})
  return started
}

function nameOf(device: PjrtDevice, client: PjrtClient, threads: number): string {
  if (isCpu(client)) return `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
  const limit = device.memoryStats()?.limit
  return limit ? `${device.kind}, ${(limit / 2 ** 30).toFixed(1)} GiB` : device.kind
}
