import { dirname } from 'node:path'
import { Argument, Command, Option } from 'commander'
import type {
  InstallableName,
  InstallOptions,
  Machine,
  PluginInstallation,
  TensorFlowInstallation,
} from '../../src/engine/install/index.ts'
import { INSTALLABLE, MACHINES } from '../../src/engine/install/installation.ts'
import type { SelfTest } from '../../src/engine/install/self-test.ts'
import { PureGalaxyError } from '../../src/errors.ts'
import type { CommandContext } from '../context.ts'
import { testInProcess } from '../engine/test-in-process.ts'
import { duration } from '../format.ts'
import { finish, usageError } from '../options.ts'

const isTensorFlow = (name: InstallableName): name is TensorFlowInstallation => name.startsWith('tensorflow')

const nameArgument = () => new Argument('<name>', 'what to install').choices(INSTALLABLE)

interface InstallFlags {
  readonly from?: string
  readonly downloadOnly?: string
  readonly machine?: Machine
}

/** `puregalaxy engine install` */
export function engineInstallCommand(context: CommandContext): Command {
  const install = new Command('install')
    .description("install an engine into your cache folder through Python's pip; needs no root")
    .addArgument(nameArgument())
    .option('--download-only <folder>', 'fetch the packages into a folder, for a machine without network')
    .option('--from <folder>', 'install from that folder, without network')
    .addOption(
      new Option(
        '--machine <machine>',
        'what --download-only fetches for (default: this machine, else linux-x64)',
      ).choices(MACHINES),
    )
    .action(async (name: InstallableName, flags: InstallFlags) => {
      if (flags.from !== undefined && flags.downloadOnly !== undefined)
        throw usageError('--from installs and --download-only does not: give one of them.')
      if (flags.machine !== undefined && flags.downloadOnly === undefined)
        throw usageError('--machine goes with --download-only; an installation is always for this machine.')
      if (flags.downloadOnly === undefined) await installHere(context, name, flags.from)
      else await download(context, name, flags.downloadOnly, flags.machine)
    })
  return finish(install, [
    'engine install xla-cpu',
    'engine install tensorflow',
    'engine install xla-cuda13 --download-only wheels/',
    'engine install xla-cuda13 --from wheels/',
  ])
}

async function installHere(context: CommandContext, name: InstallableName, from: string | undefined) {
  const { checkDriver, installPlugin, installTensorFlow } = await import('../../src/engine/install/index.ts')
  const started = performance.now()
  const engine = isTensorFlow(name) ? 'tensorflow' : 'xla'
  const untested = await checkDriver(name)
  let test: SelfTest | null = null
  const options: InstallOptions = {
    from,
    signal: context.signal,
    onProgress: (message) => context.log(message),
    verify: async (library, installed) => {
      if (untested !== null) return
      context.log('testing')
      test = await testInProcess(engine, {
        env: isTensorFlow(name)
          ? { PUREGALAXY_TENSORFLOW: packageOfAddon(library) }
          : { PUREGALAXY_PJRT_PLUGIN: library },
        signal: context.signal,
      }).catch((error) => {
        throw context.signal.aborted ? error : notWorking(name, installed, error)
      })
    },
  }
  const { folder, packages, existed } = isTensorFlow(name)
    ? await installTensorFlow(name, options)
    : await installPlugin(name as PluginInstallation, options)
  const seconds = (performance.now() - started) / 1000
  const status = existed ? 'already-installed' : 'installed'
  context.result({ name, status, folder, packages, test, untested, seconds }, () =>
    [
      existed ? `${name} is installed already, in ${folder}` : `${name} is installed in ${folder}`,
      ...packageLines(packages),
      untested ?? `tested in ${duration(test?.seconds ?? seconds)}: ${test?.devices.join(', ')}`,
      `next: puregalaxy engine list, or --engine ${engine} with any command`,
    ].join('\n'),
  )
}

const packageLines = (packages: Readonly<Record<string, string>>) =>
  Object.entries(packages).map(([name, version]) => `  ${name} ${version}`)

/** The npm package of TensorFlow.js that an addon at lib/napi-v8/ belongs to. */
const packageOfAddon = (addon: string) => dirname(dirname(dirname(addon)))

const notWorking = (name: string, installed: boolean, error: Error) =>
  new PureGalaxyError(
    'engine.self-test',
    installed
      ? `${name} is installed, with all its files, but does not work here: ${error.message} To fetch it anew all the ` +
          `same: puregalaxy engine remove ${name}, then this command again.`
      : `${name} was unpacked but does not work here, and was not installed: ${error.message}`,
    { cause: error },
  )

async function download(
  context: CommandContext,
  name: InstallableName,
  folder: string,
  machine: Machine | undefined,
) {
  const { downloadPlugin, downloadTensorFlow } = await import('../../src/engine/install/index.ts')
  const started = performance.now()
  const options = {
    machine,
    signal: context.signal,
    onProgress: (message: string) => context.log(message),
  }
  const done = isTensorFlow(name)
    ? await downloadTensorFlow(name, folder, options)
    : await downloadPlugin(name as PluginInstallation, folder, options)
  const seconds = (performance.now() - started) / 1000
  context.result({ name, status: 'downloaded', folder, ...done, seconds }, () =>
    [
      `for ${done.machine}, in ${folder}:`,
      ...packageLines(done.packages),
      `next: copy the folder to the other machine, and there puregalaxy engine install ${name} --from FOLDER`,
    ].join('\n'),
  )
}

/** `puregalaxy engine remove` */
export function engineRemoveCommand(context: CommandContext): Command {
  const remove = new Command('remove')
    .description('remove an engine that engine install has installed')
    .addArgument(nameArgument())
    .action(async (name: InstallableName) => {
      const { installationFolder, removeInstallation } = await import('../../src/engine/install/index.ts')
      const folder = installationFolder(name)
      if (!(await removeInstallation(name)))
        throw new PureGalaxyError('engine.not-installed', `${name} is not installed: there is no ${folder}.`)
      context.result({ name, status: 'removed', folder }, () => `${name} is removed from ${folder}`)
    })
  return finish(remove, ['engine remove xla-cpu'])
}
