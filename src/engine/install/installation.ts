import { readFile } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { userCacheFolder } from '../../user-cache-folder.ts'

/** What `engine install` can install. */
export const INSTALLABLE = [
  'xla-cpu',
  'xla-cuda13',
  'xla-cuda12',
  'xla-rocm',
  'tensorflow',
  'tensorflow-cuda',
] as const

export type InstallableName = (typeof INSTALLABLE)[number]

/** Machines that wheels are made for: Linux with glibc 2.27 or newer. */
export const MACHINES = ['linux-x64', 'linux-arm64'] as const

export type Machine = (typeof MACHINES)[number]

/** `manifest.json` of an installation: what is there, and since when. */
export interface InstallationManifest {
  readonly name: InstallableName
  /** Version of each package, by the package's name. */
  readonly packages: Readonly<Record<string, string>>
  /** The library to load, relative to the folder, with `/`. */
  readonly library: string
  /** ISO 8601, UTC. */
  readonly installed: string
}

export interface Installation extends InstallationManifest {
  /** Absolute path of its folder. */
  readonly folder: string
}

export const MANIFEST = 'manifest.json'

/** `engines/<name>` in the user's cache folder. It may not exist. */
export const installationFolder = (name: InstallableName): string => join(userCacheFolder(), 'engines', name)

/**
 * Reads what `engine install` left. An installation without a whole manifest counts as none: the manifest is the last
 * thing that is written before the folder gets its final name.
 *
 * @returns null where it is not installed
 */
export async function readInstallation(name: InstallableName): Promise<Installation | null> {
  const folder = installationFolder(name)
  try {
    const manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'))
    const { packages, library } = manifest
    if (manifest.name !== name || typeof library !== 'string') return null
    if (typeof packages !== 'object' || packages === null) return null
    // A manifest that points out of its folder was not written by us.
    if (!resolve(folder, library).startsWith(folder + sep)) return null
    return { ...(manifest as InstallationManifest), folder }
  } catch {
    return null
  }
}
