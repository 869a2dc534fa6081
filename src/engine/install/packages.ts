import { CUDA12_PACKAGES, CUDA13_PACKAGES } from './cuda-packages.ts'
import { type InstallableName, MACHINES, type Machine } from './installation.ts'

/** One wheel of the Python package index, by version and by the hash of the file for each processor. */
export interface PinnedPackage {
  readonly name: string
  readonly version: string
  readonly sha256: Readonly<Partial<Record<'x64' | 'arm64', string>>>
}

/** What one installation consists of. */
export interface PackageSet {
  readonly packages: readonly PinnedPackage[]
  /** The plugin among their files, relative to the folder, with `/`. */
  readonly library: string
  /** Room that the installation takes, in megabytes; as much again is wanted while it is made. */
  readonly megabytes: number
}

/** Installations that are wheels and nothing else. */
export type PluginInstallation = Extract<InstallableName, `xla-${string}`>

const CUDA_LIBRARY = { 13: 'jax_plugins/xla_cuda13', 12: 'jax_plugins/xla_cuda12' } as const

/**
 * The one table of versions. XLA's plugin for the CPU is published by two packages: `lammps-jax-pjrt-cpu` is the newer
 * (PJRT 0.115, Apache-2.0) and for x64 only; `xla-cpu-pjrt` of the OpenXLA authors (PJRT 0.81) is for arm64 too.
 */
const SETS: Readonly<Record<PluginInstallation, Readonly<Partial<Record<Machine, PackageSet>>>>> = {
  'xla-cpu': {
    'linux-x64': {
      packages: [
        {
          name: 'lammps-jax-pjrt-cpu',
          version: '0.11.2',
          sha256: { x64: '1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1' },
        },
      ],
      library: 'lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so',
      megabytes: 210,
    },
    'linux-arm64': {
      packages: [
        {
          name: 'xla-cpu-pjrt',
          version: '0.0.1',
          sha256: { arm64: '8f613be6e891858f40d64f9799319502fff42689661944fc18a6ffd8210b30c9' },
        },
      ],
      library: 'xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so',
      megabytes: 270,
    },
  },
  'xla-cuda13': onBoth({
    packages: CUDA13_PACKAGES,
    library: `${CUDA_LIBRARY[13]}/xla_cuda_plugin.so`,
    megabytes: 3500,
  }),
  'xla-cuda12': onBoth({
    packages: CUDA12_PACKAGES,
    library: `${CUDA_LIBRARY[12]}/xla_cuda_plugin.so`,
    megabytes: 4900,
  }),
  // The libraries of ROCm come with the driver (/opt/rocm); the plugin is all that is missing.
  'xla-rocm': {
    'linux-x64': {
      packages: [
        {
          name: 'jax-rocm7-pjrt',
          version: '0.12.0',
          sha256: { x64: '4551d0714523355f2946ca1958c3f584e95661e467a641d36b726f718a1c7934' },
        },
      ],
      library: 'jax_plugins/xla_rocm7/xla_rocm_plugin.so',
      megabytes: 460,
    },
  },
}

function onBoth(set: PackageSet): Record<Machine, PackageSet> {
  return { 'linux-x64': set, 'linux-arm64': set }
}

/** This machine, as far as wheels are made for it. */
export function thisMachine(): Machine | undefined {
  return MACHINES.find((machine) => machine === `${process.platform}-${process.arch}`)
}

/** What to install for an engine on a machine; undefined where nobody makes wheels for it. */
export function packageSet(name: PluginInstallation, machine: Machine): PackageSet | undefined {
  return SETS[name][machine]
}

/** A requirements file for `pip --require-hashes`. */
export function requirements({ packages }: PackageSet): string {
  return packages
    .map(({ name, version, sha256 }) =>
      [`${name}==${version}`, ...Object.values(sha256).map((hash) => `--hash=sha256:${hash}`)].join(' '),
    )
    .join('\n')
    .concat('\n')
}
