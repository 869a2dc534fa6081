import { rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { makeFolder } from '../../make-folder.ts'
import { pythonCommand } from '../xla/jax-plugins.ts'
import { existingInstallation } from './existing.ts'
import { writeFileList } from './file-list.ts'
import {
  type Installation,
  type InstallationManifest,
  installationFolder,
  MANIFEST,
  type Machine,
} from './installation.ts'
import {
  type PackageSet,
  type PluginInstallation,
  packageSet,
  requirements,
  thisMachine,
} from './packages.ts'
import { type PipOptions, runPip } from './pip.ts'
import { inStaging } from './staging.ts'

export interface InstallOptions extends Pick<PipOptions, 'onProgress' | 'signal'> {
  /** Folder of wheels that `downloadPlugin` filled; nothing is fetched from the network. */
  readonly from?: string | undefined
  /**
   * Tries what has been unpacked, before it gets its final name: what it throws undoes the installation. Or, with
   * `installed`, the installation that is there, which stays.
   */
  readonly verify?: ((library: string, installed: boolean) => Promise<void>) | undefined
}

/**
 * Installs a PJRT plugin with its libraries into the user's cache folder, through the user's `pip`: pinned versions,
 * pinned hashes, no root. It is there whole or not at all.
 *
 * @returns the installation; the one that is there where it has these versions and all its files already
 * @throws PureGalaxyError `engine.no-package` where nobody makes the plugin for this machine; `engine.no-python`,
 *   `engine.no-pip`, `engine.old-pip`, `engine.no-network`, `engine.no-wheel`, `engine.hash`, `engine.disk-full`,
 *   `engine.not-writable`, `engine.pip-failed`, `engine.from`; what `verify` throws
 */
export async function installPlugin(
  name: PluginInstallation,
  options: InstallOptions = {},
): Promise<Installation & { readonly existed: boolean }> {
  const machine = thisMachine()
  const set = machine && packageSet(name, machine)
  if (set === undefined) throw noPackage(name, `${process.platform}-${process.arch}`)
  const existing = await existingInstallation(name, versionsOf(set), options)
  if (existing) return existing
  return { ...(await installSet(name, set, options)), existed: false }
}

/** Installs a set of packages under a name. `installPlugin` is what users want; tests install wheels of their own. */
export async function installSet(
  name: PluginInstallation,
  set: PackageSet,
  { from, verify, ...pip }: InstallOptions = {},
): Promise<Installation> {
  const source = from === undefined ? [] : ['--no-index', '--find-links', await folderOfPackages(from)]
  const manifest: InstallationManifest = {
    name,
    packages: versionsOf(set),
    library: set.library,
    installed: new Date().toISOString(),
  }
  await inStaging(name, set.megabytes, async (folder) => {
    const list = join(folder, 'requirements.txt')
    const temporary = join(folder, '.pip')
    await makeFolder(temporary)
    await writeFile(list, requirements(set))
    const target = ['--target', folder, '--no-compile', '--no-warn-conflicts']
    await runPip(['install', ...target, ...PINNED, ...source, '--requirement', list], { ...pip, temporary })
    await rm(temporary, { recursive: true, force: true })
    const library = join(folder, set.library)
    if (!(await stat(library).catch(() => undefined))?.isFile())
      throw new PureGalaxyError(
        'engine.no-plugin',
        `${pythonCommand()} -m pip says that it is done, but has unpacked no ${set.library} of ${name}. See whether that is a ` +
          'Python with its own pip, or set PUREGALAXY_PYTHON to another.',
      )
    await verify?.(library, false)
    await writeFileList(folder)
    await writeFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`)
  })
  return { ...manifest, folder: installationFolder(name) }
}

/**
 * Fetches the wheels of an installation into a folder, to be carried to a machine without network.
 *
 * @param folder made where it is missing
 * @param machine what the wheels are for; default: this machine where wheels are made for it, else `linux-x64`
 * @throws PureGalaxyError as `installPlugin`
 */
export async function downloadPlugin(
  name: PluginInstallation,
  folder: string,
  {
    machine = thisMachine() ?? 'linux-x64',
    ...pip
  }: Pick<PipOptions, 'onProgress' | 'signal'> & {
    readonly machine?: Machine | undefined
  } = {},
): Promise<{ readonly machine: Machine; readonly packages: Readonly<Record<string, string>> }> {
  const set = packageSet(name, machine)
  if (set === undefined) throw noPackage(name, machine)
  const list = join(resolve(folder), `requirements-${name}.txt`)
  try {
    await makeFolder(resolve(folder))
    await writeFile(list, requirements(set))
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    const message = `${folder} cannot be written (${said}). Give --download-only a folder that you may write to.`
    throw new PureGalaxyError('engine.not-writable', message, { cause })
  }
  await runPip(
    ['download', '--dest', resolve(folder), ...PINNED, ...tags(machine), '--requirement', list],
    pip,
  )
  return { machine, packages: versionsOf(set) }
}

/** Exactly the files that are pinned: no source packages, nothing that they depend on. */
export const PINNED = ['--no-deps', '--only-binary=:all:', '--require-hashes', '--progress-bar', 'off']

/** `--platform` for every tag that a system with glibc 2.27 takes and a pinned wheel carries. */
export function tags(machine: Machine): string[] {
  const processor = machine === 'linux-x64' ? 'x86_64' : 'aarch64'
  return ['_2_27', '_2_25', '_2_18', '2014', '_2_17', '2010', '_2_12'].flatMap((version) => [
    '--platform',
    `manylinux${version}_${processor}`,
  ])
}

export const versionsOf = ({ packages }: PackageSet) =>
  Object.fromEntries(packages.map(({ name, version }) => [name, version]))

export async function folderOfPackages(folder: string): Promise<string> {
  if ((await stat(folder).catch(() => undefined))?.isDirectory()) return resolve(folder)
  throw new PureGalaxyError(
    'engine.from',
    `${folder} is not a folder. Give --from the folder that --download-only filled.`,
  )
}

const noPackage = (name: PluginInstallation, machine: string) =>
  new PureGalaxyError(
    'engine.no-package',
    `Nobody publishes the plugin of ${name} for ${machine}; there is one for ` +
      `${name === 'xla-rocm' ? 'linux-x64' : 'linux-x64 and linux-arm64'}. Use --engine onnx, or set ` +
      'PUREGALAXY_PJRT_PLUGIN to a plugin that you have built.',
  )
