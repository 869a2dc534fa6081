import { runScript } from '../run-script.ts'
import { environmentOf } from './environment.ts'
import { findTensorFlowPackages, type TensorFlowPackage } from './find-package.ts'

/** An installation that loads, and what its addon says. */
export interface TensorFlowProbe {
  /** Folder of the npm package. */
  readonly folder: string
  /** TensorFlow's version. */
  readonly version: string
  /** Whether it computes on a GPU, and not on the CPU. */
  readonly gpu: boolean
}

const SCRIPT = `
const binding = require(process.argv[1])
console.log(JSON.stringify({ version: binding.TF_Version, gpu: Boolean(binding.isUsingGpuDevice()) }))
process.exit(0)`

/** Finding GPUs and starting their driver takes a while at the first time. */
const TIME_LIMIT = 60_000

/**
 * Loads an addon in a process of its own: libraries that do not fit the machine (a processor without AVX, a driver that
 * is too old) end a process, and that must not be ours.
 *
 * @throws Error with what the dynamic linker or TensorFlow said
 */
export async function probeAddon({ folder, addon }: TensorFlowPackage): Promise<TensorFlowProbe> {
  if (addon === null) throw new Error('its compiled part, lib/napi-v8/tfjs_binding.node, is missing')
  const env = { ...process.env, ...environmentOf() }
  const { stdout, stderr, code, signal, timedOut } = await runScript(['-e', SCRIPT, addon], {
    timeout: TIME_LIMIT,
    env,
  })
  if (code === 0) return { folder, ...JSON.parse(stdout) }
  if (timedOut) throw new Error(`it was not loaded after ${TIME_LIMIT / 1000} s`)
  const said = /^\w*Error: (.+)$/m.exec(stderr)?.[1]
  throw new Error(said ?? `it ends the process with ${signal ?? `code ${code}`}`)
}

/** Those that load, by folder: nothing changes about them in a running process. */
const known = new Map<string, TensorFlowProbe>()

/**
 * The first installation that loads.
 *
 * @returns null where nothing is installed
 * @throws Error naming the folder of each that does not load, and why
 */
export async function probeTensorFlow(): Promise<TensorFlowProbe | null> {
  const found = await findTensorFlowPackages()
  const reasons: string[] = []
  for (const candidate of found) {
    try {
      const probe = known.get(candidate.folder) ?? (await probeAddon(candidate))
      known.set(candidate.folder, probe)
      return probe
    } catch (error) {
      reasons.push(`${candidate.folder}: ${(error as Error).message}`)
    }
  }
  if (reasons.length > 0) throw new Error(reasons.join('; '))
  return null
}
