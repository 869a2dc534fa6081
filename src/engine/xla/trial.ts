import { createHash, randomUUID } from 'node:crypto'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { builtScript } from '../../built-script.ts'
import { PureGalaxyError } from '../../errors.ts'
import { makeFolder } from '../../make-folder.ts'
import { userCacheFolder } from '../../user-cache-folder.ts'
import { VERSION } from '../../version.ts'
import { type ProcessEnd, runScript } from '../run-script.ts'
import type { FoundPlugin } from './find-plugin.ts'
import { findAccelerators } from './plugin-platform.ts'

/** What a plugin said of itself when it was tried. */
export interface PluginTrial {
  /** PJRT's name of what it computes on (`cpu`, `cuda`, `rocm`); null where the plugin did not start. */
  readonly platformName: string | null
}

/** An accelerator's first program can take a minute: libraries are read, its driver starts. */
const TIME_LIMIT = 300_000

/** Variables that plugins and the system's loader read, and that can end a process. */
const VARIABLES = ['XLA_FLAGS', 'LD_LIBRARY_PATH'] as const

const trials = new Map<string, Promise<PluginTrial>>()

/**
 * Loads a plugin and runs a program of one addition in a process of its own: a plugin that is damaged, or that does not fit
 * the machine, can end the process that loads it, and that must not be ours. Done once for what `trialName` names: what it
 * said is kept in the user's cache folder, and that it failed for the life of this process.
 *
 * @param timeLimit milliseconds
 * @throws PureGalaxyError `engine.unavailable` where it ended that process, or was not done in time; `engine.interrupted`
 */
export async function tryPlugin(plugin: FoundPlugin, timeLimit = TIME_LIMIT): Promise<PluginTrial> {
  const name = await trialName(plugin)
  const known = trials.get(name)
  if (known) return known
  const trial = recall(name).then((kept) => kept ?? run(plugin, name, timeLimit))
  trials.set(name, trial)
  trial.catch((error) => {
    if (error instanceof PureGalaxyError && error.code === 'engine.interrupted') trials.delete(name)
  })
  return trial
}

/** Changes with the plugin's files, the processor and the drivers, and the variables above. */
async function trialName({ path, preload }: FoundPlugin): Promise<string> {
  const files = await Promise.all(
    [path, ...preload].map(async (file) => {
      const info = await stat(file).catch(() => undefined)
      return [file, info?.size, info?.mtimeMs]
    }),
  )
  const machine = [
    ...[process.platform, process.arch, cpus()[0]?.model, await processorFeatures()],
    ...[await findAccelerators(), await readFile('/proc/driver/nvidia/version', 'utf8').catch(() => null)],
  ]
  const variables = VARIABLES.map((variable) => process.env[variable])
  return createHash('sha256')
    .update(JSON.stringify([VERSION, files, machine, variables]))
    .digest('hex')
}

/** Instructions that the processor has, as Linux tells them: a home folder may be shared by unlike machines. */
async function processorFeatures(): Promise<string | undefined> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '')
  return /^(flags|Features)\s*:.*$/m.exec(text)?.[0]
}

const trialFolder = () => join(userCacheFolder(), 'plugins')

async function recall(name: string): Promise<PluginTrial | undefined> {
  const text = await readFile(join(trialFolder(), `${name}.json`), 'utf8').catch(() => '')
  const kept = parse(text)
  return kept?.platformName === null ? undefined : kept
}

/** A cache folder that cannot be written costs a trial at each start, and nothing else. */
async function keep(name: string, trial: PluginTrial): Promise<void> {
  const path = join(trialFolder(), `${name}.json`)
  const temporary = `${path}.${randomUUID()}`
  try {
    await makeFolder(trialFolder())
    await writeFile(temporary, JSON.stringify(trial))
    await rename(temporary, path)
  } catch {
    await rm(temporary, { force: true }).catch(() => {})
  }
}

async function run(plugin: FoundPlugin, name: string, timeLimit: number): Promise<PluginTrial> {
  const { path, platform, preload } = plugin
  const ended = await runScript([builtScript('engine/plugin-trial.js'), path, platform, ...preload], {
    timeout: timeLimit,
  })
  const trial = parse(ended.stdout)
  if (trial === undefined) throw failure(plugin, ended, timeLimit)
  if (trial.platformName !== null) await keep(name, trial)
  return trial
}

/** The last line that is an answer: plugins may write to stdout too. */
function parse(text: string): PluginTrial | undefined {
  for (const line of text.split('\n').reverse()) {
    try {
      const { platformName } = JSON.parse(line)
      if (platformName === null || /^[\w-]{1,32}$/.test(platformName)) return { platformName }
    } catch {}
  }
  return undefined
}

/** Signals by which people and service managers end a command and all that it began. */
const INTERRUPTIONS: readonly (NodeJS.Signals | null)[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

function failure(plugin: FoundPlugin, end: ProcessEnd, timeLimit: number): PureGalaxyError {
  const { path, platform, source } = plugin
  if (INTERRUPTIONS.includes(end.signal))
    return new PureGalaxyError('engine.interrupted', `Trying ${path} was interrupted (${end.signal}).`)
  // Of an error of JavaScript the line that says what it is, not Node's version at the end.
  const [wrong] = /^\w*Error: .+$/m.exec(end.stderr) ?? end.stderr.trim().split('\n').slice(-1)
  const how = [end.signal ?? `code ${end.code}`, wrong?.slice(0, 300)].filter((part) => part).join(': ')
  const what = end.timedOut
    ? `did not start within ${timeLimit / 1000} seconds`
    : `ends the process that loads it (${how})`
  const set = VARIABLES.filter((variable) => process.env[variable])
  const steps = [
    ...(set.length > 0 ? [`see whether ${set.join(' and ')} is right`] : []),
    {
      environment: 'name another in PUREGALAXY_PJRT_PLUGIN, or unset it',
      installed: `puregalaxy engine remove xla-${platform}, then engine install xla-${platform}, fetches it anew`,
      jax: "have pip install JAX's plugin anew",
    }[source],
    '--engine onnx needs none',
  ]
  return new PureGalaxyError(
    'engine.unavailable',
    `${path} ${what}. It is damaged, or does not fit this machine: ${steps.join('; ')}.`,
  )
}
