import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { CreateOptions } from '../pjrt/index.ts'

/** Platforms whose PJRT plugins puregalaxy knows by name and can install. */
export const PLUGIN_PLATFORMS = ['cpu', 'cuda13', 'cuda12', 'rocm'] as const

export type PluginPlatform = (typeof PLUGIN_PLATFORMS)[number]

/** What a machine has to compute with, as its kernel drivers show it. Tests pass their own. */
export interface Accelerators {
  /** Major version of NVIDIA's driver; null where there is no driver, 0 where it does not say. */
  readonly nvidiaDriver: number | null
  /** Whether AMD's compute driver is loaded. */
  readonly amd: boolean
}

/**
 * NVIDIA's drivers run the CUDA of their time and older: CUDA 13 wants driver 580 or newer on Linux, CUDA 12 wants 525
 * (NVIDIA, CUDA Compatibility, table of minor versions).
 */
export const OLDEST_DRIVER: Readonly<Record<'cuda13' | 'cuda12', number>> = { cuda13: 580, cuda12: 525 }

/** Signs of an NVIDIA driver beside its version file: device files, and its library in Windows' subsystem for Linux. */
const NVIDIA_FILES = ['/dev/nvidia0', '/dev/nvidiactl', '/usr/lib/wsl/lib/libcuda.so.1']

/** Looks for drivers of accelerators without loading anything. */
export async function findAccelerators(): Promise<Accelerators> {
  const text = await readFile('/proc/driver/nvidia/version', 'utf8').catch(() => undefined)
  const nvidia = text !== undefined || NVIDIA_FILES.some((path) => existsSync(path))
  return { nvidiaDriver: nvidia ? driverVersion(text ?? '') : null, amd: existsSync('/dev/kfd') }
}

/** Major version in `/proc/driver/nvidia/version`; 0 where it does not say. */
export function driverVersion(text: string): number {
  return Number(/Kernel Module.*?\s(\d+)\.\d+/.exec(text)?.[1] ?? 0)
}

/** Platforms that can run on a machine, the one to prefer first. The CPU always can. */
export function usablePlatforms({ nvidiaDriver, amd }: Accelerators): PluginPlatform[] {
  const cuda = (['cuda13', 'cuda12'] as const).filter(
    (platform) => nvidiaDriver !== null && (nvidiaDriver === 0 || nvidiaDriver >= OLDEST_DRIVER[platform]),
  )
  return [...cuda, ...(amd ? (['rocm'] as const) : []), 'cpu']
}

/** The platform that a plugin's path speaks of (`…/xla_cuda13/xla_cuda_plugin.so`), or `other`. */
export function platformOfPath(path: string): PluginPlatform | 'other' {
  const named = /cuda1[23]|rocm|cpu/.exec(path.toLowerCase().split('/').slice(-3).join('/'))?.[0]
  return (named as PluginPlatform | undefined) ?? 'other'
}

/** What a plugin computes on, as far as is known: `cuda` is CUDA of a version that its path does not tell. */
export type FoundPlatform = PluginPlatform | 'cuda' | 'other'

/** The platform that a plugin says it is; what its path says where the plugin says nothing, or less. */
export function platformOfName(name: string | null, ofPath: FoundPlatform): FoundPlatform {
  if (name === null || (name === 'cuda' && ofPath.startsWith('cuda'))) return ofPath
  return name === 'cpu' || name === 'cuda' || name === 'rocm' ? name : 'other'
}

/** Memory is taken as it is needed: most of a GPU at once, the plugins' way, leaves nothing for others. */
export const clientOptions = (platform: FoundPlatform): CreateOptions =>
  /^(cuda|rocm)/.test(platform) ? { preallocate: false } : {}
