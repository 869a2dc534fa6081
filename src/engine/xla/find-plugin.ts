import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { readInstallation } from '../install/installation.ts'
import { cudaLibraries } from './cuda-libraries.ts'
import { jaxPlugins, pythonFolders } from './jax-plugins.ts'
import { libraryDefect } from './library-defect.ts'
import {
  type Accelerators,
  type FoundPlatform,
  findAccelerators,
  OLDEST_DRIVER,
  type PluginPlatform,
  platformOfPath,
  usablePlatforms,
} from './plugin-platform.ts'

/** A PJRT plugin on this machine and what it takes to load it. */
export interface FoundPlugin {
  /** Absolute path of the shared library. */
  readonly path: string
  readonly platform: FoundPlatform
  /** Where it was found: `PUREGALAXY_PJRT_PLUGIN`, `engine install`, or a JAX installation. */
  readonly source: 'environment' | 'installed' | 'jax'
  /** Version of the package that brought it, where known. */
  readonly version: string | null
  /** Shared libraries to load first, in order. */
  readonly preload: readonly string[]
}

/** What discovery looks at; tests pass their own. */
export interface PluginSearch {
  readonly env?: NodeJS.ProcessEnv
  readonly accelerators?: Accelerators
}

/**
 * Finds the PJRT plugin to use: `PUREGALAXY_PJRT_PLUGIN`, then what `engine install` put into the user's cache folder,
 * then a JAX installation of the Python in use. Without a name an accelerator that is there comes before the CPU.
 * Nothing is loaded; Python is asked, once a process, only where its packages could hold what is wanted.
 *
 * @param name the platform wanted; default: the best that this machine can run
 * @returns the plugin, or why there is none and what to do
 */
export async function findPlugin(
  name?: PluginPlatform,
  { env = process.env, accelerators }: PluginSearch = {},
): Promise<FoundPlugin | { readonly reason: string }> {
  const given = env.PUREGALAXY_PJRT_PLUGIN
  if (given) return pluginAt(resolve(given))
  const machine = accelerators ?? (await findAccelerators())
  const wanted = name === undefined ? usablePlatforms(machine) : [name]
  let jax: Awaited<ReturnType<typeof jaxPlugins>> | undefined
  for (const platform of wanted) {
    const installed = await installedPlugin(platform)
    if (installed !== undefined) return installed
    // JAX's CPU is no plugin of its own: there is nothing to ask Python for.
    if (platform === 'cpu') continue
    jax ??= (await Promise.all((await pythonFolders(env)).map(jaxPlugins))).flat()
    const found = jax.find((plugin) => plugin.platform === platform)
    if (found !== undefined) return { ...found, source: 'jax' }
  }
  return { reason: reasonFor(wanted, machine) }
}

/** The plugin that the environment names. */
async function pluginAt(path: string): Promise<FoundPlugin | { readonly reason: string }> {
  const info = await stat(path).catch(() => undefined)
  if (info === undefined || !info.isFile())
    return {
      reason:
        `PUREGALAXY_PJRT_PLUGIN names ${path}, ${info === undefined ? 'which does not exist' : 'which is not a file'}. ` +
        'Set it to the shared library of a PJRT plugin, or unset it.',
    }
  const defect = await libraryDefect(path)
  if (defect !== null)
    return {
      reason: `PUREGALAXY_PJRT_PLUGIN names ${path}, which ${defect}. Set it to another plugin, or unset it.`,
    }
  const platform = platformOfPath(path)
  // …/site-packages/jax_plugins/xla_cuda13/xla_cuda_plugin.so has its libraries in …/site-packages/nvidia.
  const sitePackages = dirname(dirname(dirname(path)))
  return {
    path,
    platform,
    source: 'environment',
    version: null,
    preload: await preloadFor(platform, sitePackages),
  }
}

async function installedPlugin(
  platform: PluginPlatform,
): Promise<FoundPlugin | { readonly reason: string } | undefined> {
  const installation = await readInstallation(`xla-${platform}`)
  if (installation === null) return undefined
  const path = join(installation.folder, installation.library)
  if (!(await stat(path).catch(() => undefined))?.isFile()) return undefined
  const defect = await libraryDefect(path)
  if (defect !== null)
    return { reason: `${path} ${defect}. Run puregalaxy engine install xla-${platform} again.` }
  const version = Object.entries(installation.packages).find(([name]) => name.includes('pjrt'))?.[1]
  const preload = await preloadFor(platform, installation.folder)
  return { path, platform, source: 'installed', version: version ?? null, preload }
}

async function preloadFor(platform: PluginPlatform | 'other', sitePackages: string): Promise<string[]> {
  if (platform === 'cuda13') return cudaLibraries(sitePackages, 13)
  return platform === 'cuda12' ? cudaLibraries(sitePackages, 12) : []
}

const TITLES: Readonly<Record<PluginPlatform, string>> = {
  cpu: 'the CPU',
  cuda13: 'CUDA 13',
  cuda12: 'CUDA 12',
  rocm: 'ROCm',
}

function reasonFor(wanted: readonly PluginPlatform[], { nvidiaDriver }: Accelerators): string {
  const best = wanted[0]!
  const installs = [best, ...(best === 'cpu' ? [] : (['cpu'] as const))].map(
    (p) => `puregalaxy engine install xla-${p}`,
  )
  const old =
    nvidiaDriver !== null && nvidiaDriver > 0 && nvidiaDriver < OLDEST_DRIVER.cuda12
      ? ` NVIDIA's driver ${nvidiaDriver} is too old for CUDA 12 (${OLDEST_DRIVER.cuda12} or newer), so the GPU is left out.`
      : ''
  return `no PJRT plugin for ${wanted.map((p) => TITLES[p]).join(', ')} is installed. Install one with ${installs.join(' or, without the accelerator, ')}.${old}`
}
