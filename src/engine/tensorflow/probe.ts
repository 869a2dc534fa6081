import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { environmentOf } from './environment.ts'
import { findTensorFlowPackages, type TensorFlowPackage } from './find-package.ts'

/** What a native addon says when it is loaded. */
export interface TensorFlowProbe extends TensorFlowPackage {
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
export async function probeAddon(found: TensorFlowPackage): Promise<TensorFlowProbe> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', SCRIPT, found.addon], {
      env: { ...process.env, ...environmentOf() },
      timeout: TIME_LIMIT,
    })
    return { ...found, ...JSON.parse(stdout) }
  } catch (error) {
    const { stderr = '', signal } = error as { stderr?: string; signal?: string }
    const said = /^\w*Error: (.+)$/m.exec(stderr)?.[1]
    throw new Error(said ?? (signal ? `it ends the process with ${signal}` : String(error)), { cause: error })
  }
}

let probed: Promise<TensorFlowProbe> | undefined

/**
 * The first installation that loads; asked once, since nothing changes in a running process.
 *
 * @returns null where nothing is installed
 * @throws Error naming the folder of each that does not load, and why
 */
export async function probeTensorFlow(): Promise<TensorFlowProbe | null> {
  const found = await findTensorFlowPackages()
  if (found.length === 0) return null
  probed ??= firstThatLoads(found)
  try {
    return await probed
  } catch (error) {
    probed = undefined
    throw error
  }
}

async function firstThatLoads(found: readonly TensorFlowPackage[]): Promise<TensorFlowProbe> {
  const reasons: string[] = []
  for (const candidate of found) {
    try {
      return await probeAddon(candidate)
    } catch (error) {
      reasons.push(`${candidate.folder}: ${(error as Error).message}`)
    }
  }
  throw new Error(reasons.join('; '))
}
