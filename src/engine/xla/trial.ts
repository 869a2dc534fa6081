import { createHash, randomUUID } from 'node:crypto'
import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { builtScript } from '../../built-script.ts'
import { PureGalaxyError } from '../../errors.ts'
import { makeFolder } from '../../make-folder.ts'
import { userCacheFolder } from '../../user-cache-folder.ts'
import { VERSION } from '../../version.ts'
import { runTool } from '../install/run-tool.ts'
import type { FoundPlugin } from './find-plugin.ts'
import { findAccelerators } from './plugin-platform.ts'

/** What a plugin said of itself when it was tried. */
export interface PluginTrial {
  /** PJRT's name of what it computes on (`cpu`, `cuda`, `rocm`); null where the plugin did not start. */
  readonly platformName: string | null
}

/** An accelerator's first program can take a minute: libraries are read, its driver starts. */
const TIME_LIMIT = 300_000

const trials = new Map<string, Promise<PluginTrial>>()

/**
 * Loads a plugin and runs a program of one addition in a process of its own: a plugin that is damaged, or that does not fit
 * the machine, can end the process that loads it, and that must not be ours. Done once for each file of a plugin, processor
 * and driver: what it said is kept in the user's cache folder.
 *
 * @throws PureGalaxyError `engine.unavailable` where it ended that process, or was not done after five minutes
 */
export async function tryPlugin(plugin: FoundPlugin): Promise<PluginTrial> {
  const name = await trialName(plugin)
  const known = trials.get(name)
  if (known) return known
  const trial = recall(name).then((kept) => kept ?? run(plugin, name))
  trials.set(name, trial)
  // What failed may be mended meanwhile.
  trial.catch(() => trials.delete(name))
  return trial
}

/** Changes with whatever could make a trial end otherwise. */
async function trialName({ path, preload }: FoundPlugin): Promise<string> {
  const files = await Promise.all(
    [path, ...preload].map(async (file) => {
      const info = await stat(file).catch(() => undefined)
      return [file, info?.size, info?.mtimeMs]
    }),
  )
  const machine = [process.platform, process.arch, cpus()[0]?.model, await findAccelerators()]
  return createHash('sha256')
    .update(JSON.stringify([VERSION, files, machine]))
    .digest('hex')
}

const trialFolder = () => join(userCacheFolder(), 'plugins')

async function recall(name: string): Promise<PluginTrial | undefined> {
  try {
    const { platformName } = JSON.parse(await readFile(join(trialFolder(), `${name}.json`), 'utf8'))
    return typeof platformName === 'string' ? { platformName } : undefined
  } catch {
    return undefined
  }
}

/** A cache folder that cannot be written costs a trial at each start, and nothing else. */
async function keep(name: string, trial: PluginTrial): Promise<void> {
  const path = join(trialFolder(), `${name}.json`)
  const temporary = `${path}.${randomUUID()}`
  try {
    await makeFolder(trialFolder())
    await writeFile(temporary, JSON.stringify(trial))
    await rename(temporary, path)
  } catch {}
}

async function run(plugin: FoundPlugin, name: string): Promise<PluginTrial> {
  const { path, platform, preload } = plugin
  const args = [builtScript('engine/plugin-trial.js'), path, platform, ...preload]
  const ended = await runTool(process.execPath, args, { timeout: TIME_LIMIT })
  if (ended === null) throw unfit(plugin, `cannot be tried: ${process.execPath} is not there any more`)
  const trial = parse(ended.stdout)
  if (trial === undefined) {
    const how = ended.killed ?? `code ${ended.code}`
    const said = ended.stderr.trim().split('\n').at(-1)?.slice(0, 300)
    throw unfit(
      plugin,
      ended.killed === 'SIGTERM'
        ? `did not start within ${TIME_LIMIT / 60_000} minutes`
        : `ends the process that loads it (${how}${said ? `: ${said}` : ''})`,
    )
  }
  if (trial.platformName !== null) await keep(name, trial)
  return trial
}

/** Plugins may write to stdout too: the answer is the last line. */
function parse(stdout: string): PluginTrial | undefined {
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1)!)
  } catch {
    return undefined
  }
}

const unfit = ({ path, platform, source }: FoundPlugin, what: string) =>
  new PureGalaxyError(
    'engine.unavailable',
    `${path} ${what}. It is damaged, or does not fit this machine: ${
      {
        environment: 'name another in PUREGALAXY_PJRT_PLUGIN, or unset it',
        installed: `puregalaxy engine remove xla-${platform}, then engine install xla-${platform}, fetches it anew`,
        jax: "have pip install JAX's plugin anew",
      }[source]
    }; --engine onnx needs none.`,
  )
