/**
 * `engine install tensorflow`: @tensorflow/tfjs-node with the TensorFlow of today. The package's own installer fetches a
 * library of 2023 (for GPUs: of CUDA 11.2) from a host that many machines cannot reach. Here its addon is compiled
 * against the libraries in TensorFlow's Python wheel instead. An installation:
 *
 *     python/tensorflow/   libraries of the wheel; for GPUs python/nvidia beside it, where those libraries look
 *     node_modules/        @tensorflow/tfjs-node with its addon, and what it depends on
 */
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { makeFolder } from '../../make-folder.ts'
import { packageFolder } from '../tensorflow/find-package.ts'
import { probeAddon } from '../tensorflow/probe.ts'
import { checkCompiler, compileAddon } from './compile-addon.ts'
import { existingInstallation } from './existing.ts'
import { writeFileList } from './file-list.ts'
import { folderOfPackages, type InstallOptions, PINNED, tags, versionsOf } from './install-plugin.ts'
import {
  type Installation,
  type InstallationManifest,
  installationFolder,
  MANIFEST,
  type Machine,
} from './installation.ts'
import { checkNpm, installNpmPackages, packNpmPackages, unpackNpmPackages } from './npm-packages.ts'
import { type PackageSet, requirements, thisMachine } from './packages.ts'
import { type PipOptions, runPip } from './pip.ts'
import { inStaging } from './staging.ts'
import {
  NPM_PACKAGES,
  type TensorFlowInstallation,
  tensorFlowWheels,
  WHEEL_PYTHON,
} from './tensorflow-packages.ts'

/** In a folder of `--download-only`: what npm installs. */
const NPM_ARCHIVE = `tfjs-node-${NPM_PACKAGES['@tensorflow/tfjs-node'].version}.tar.gz`

/**
 * Installs TensorFlow for Node into the user's cache folder, through the user's pip, npm and g++: pinned versions and
 * hashes, no root. It is there whole or not at all; what was fetched stays in the caches of pip and npm, so that a
 * second attempt goes on where the first ended.
 *
 * @returns the installation; the one that is there where it has these versions and all its files already
 * @throws PureGalaxyError `engine.no-package` where TensorFlow publishes nothing for this machine; `engine.no-compiler`,
 *   `engine.compile-failed`, `engine.no-npm`, `engine.npm-failed`, `engine.self-test` where the result does not load;
 *   what `installPlugin` throws
 */
export async function installTensorFlow(
  name: TensorFlowInstallation,
  { from, verify, ...options }: InstallOptions = {},
): Promise<Installation & { readonly existed: boolean }> {
  const machine = thisMachine()
  const wheels = machine && tensorFlowWheels(name, machine)
  if (wheels === undefined) throw noPackage(name, `${process.platform}-${process.arch}`)
  const packages = allVersions(wheels)
  const existing = await existingInstallation(name, packages, { verify, ...options })
  if (existing) return existing
  const source = from === undefined ? undefined : await folderOfPackages(from)
  await checkCompiler(options.signal)
  if (source === undefined) await checkNpm(options.signal)
  const manifest: InstallationManifest = {
    name,
    packages,
    library: wheels.library,
    installed: new Date().toISOString(),
  }
  await inStaging(name, wheels.megabytes, async (folder) => {
    await unpackWheels(folder, wheels, machine!, source, options)
    options.onProgress?.(source === undefined ? 'fetching TensorFlow.js' : 'unpacking TensorFlow.js')
    if (source === undefined) await installNpmPackages(folder, NPM_PACKAGES, options.signal)
    else await unpackNpmPackages(join(source, NPM_ARCHIVE), folder, NPM_PACKAGES, options.signal)
    options.onProgress?.('compiling the addon')
    const addon = join(folder, wheels.library)
    const tensorflow = join(folder, 'python', 'tensorflow')
    await compileAddon(
      addon,
      {
        npmPackage: packageFolder(folder),
        nodeHeaders: join(folder, 'node_modules', 'node-api-headers'),
        tensorflow,
      },
      options,
    )
    await keepLibraries(tensorflow)
    await checkLoads(addon, packageFolder(folder))
    await verify?.(addon, false)
    await writeFileList(folder)
    await writeFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`)
  })
  return { ...manifest, folder: installationFolder(name), existed: false }
}

/**
 * Fetches what an installation is made of into a folder, to be carried to a machine without network. That machine needs
 * Python with pip, g++ and tar.
 *
 * @param folder made where it is missing
 * @param machine what the wheels are for; default: this machine where wheels are made for it, else `linux-x64`
 * @throws PureGalaxyError as `installTensorFlow`
 */
export async function downloadTensorFlow(
  name: TensorFlowInstallation,
  folder: string,
  {
    machine = thisMachine() ?? 'linux-x64',
    ...options
  }: Pick<PipOptions, 'onProgress' | 'signal'> & { readonly machine?: Machine | undefined } = {},
): Promise<{ readonly machine: Machine; readonly packages: Readonly<Record<string, string>> }> {
  const wheels = tensorFlowWheels(name, machine)
  if (wheels === undefined) throw noPackage(name, machine)
  const target = resolve(folder)
  const list = join(target, `requirements-${name}.txt`)
  const scratch = join(target, '.npm-install')
  try {
    await makeFolder(scratch)
    await writeFile(list, requirements(wheels))
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new PureGalaxyError(
      'engine.not-writable',
      `${folder} cannot be written (${said}). Give --download-only a folder that you may write to.`,
      { cause },
    )
  }
  try {
    await runPip(['download', '--dest', target, ...wheelArguments(machine), '--requirement', list], options)
    options.onProgress?.('fetching TensorFlow.js')
    await installNpmPackages(scratch, NPM_PACKAGES, options.signal)
    await packNpmPackages(scratch, join(target, NPM_ARCHIVE), options.signal)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return { machine, packages: allVersions(wheels) }
}

const wheelArguments = (machine: Machine) => [
  ...PINNED,
  ...tags(machine),
  '--python-version',
  WHEEL_PYTHON,
  '--implementation',
  'cp',
]

/** Version of each package of an installation, those of npm among them. */
export const allVersions = (wheels: PackageSet): Readonly<Record<string, string>> => ({
  ...versionsOf(wheels),
  ...Object.fromEntries(Object.entries(NPM_PACKAGES).map(([name, { version }]) => [name, version])),
})

async function unpackWheels(
  folder: string,
  wheels: PackageSet,
  machine: Machine,
  source: string | undefined,
  options: Pick<PipOptions, 'onProgress' | 'signal'>,
): Promise<void> {
  const list = join(folder, 'requirements.txt')
  const temporary = join(folder, '.pip')
  await makeFolder(temporary)
  await writeFile(list, requirements(wheels))
  const target = ['--target', join(folder, 'python'), '--no-compile', '--no-warn-conflicts']
  const offline = source === undefined ? [] : ['--no-index', '--find-links', source]
  await runPip(['install', ...target, ...wheelArguments(machine), ...offline, '--requirement', list], {
    ...options,
    temporary,
  })
  await rm(temporary, { recursive: true, force: true })
}

/** Of the wheel only libraries and licences are wanted once the addon is compiled: a third less. */
async function keepLibraries(tensorflow: string): Promise<void> {
  for (const entry of await readdir(tensorflow, { withFileTypes: true })) {
    if (entry.isDirectory() || entry.name.endsWith('.py'))
      await rm(join(tensorflow, entry.name), { recursive: true, force: true })
  }
}

async function checkLoads(addon: string, folder: string): Promise<void> {
  try {
    await probeAddon({ folder, addon })
  } catch (error) {
    throw new PureGalaxyError(
      'engine.self-test',
      `TensorFlow was unpacked but does not load here, and was not installed: ${(error as Error).message}`,
      { cause: error },
    )
  }
}

const noPackage = (name: TensorFlowInstallation, machine: string) =>
  new PureGalaxyError(
    'engine.no-package',
    `TensorFlow publishes no libraries for ${name} on ${machine}; there are some for ` +
      `${name === 'tensorflow' ? 'linux-x64 and linux-arm64' : 'linux-x64'}. Use --engine onnx.`,
  )
