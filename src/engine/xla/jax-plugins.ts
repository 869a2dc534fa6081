import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { cudaLibraries } from './cuda-libraries.ts'
import { type PluginPlatform, platformOfPath } from './plugin-platform.ts'

/** A plugin in a Python installation, or in a folder laid out like one. */
export interface LocatedPlugin {
  readonly path: string
  readonly platform: PluginPlatform
  /** Of the Python package, where it says. */
  readonly version: string | null
  /** Libraries to load before it. */
  readonly preload: readonly string[]
}

/** Longest wait for a Python interpreter to name its folders. A cold file system can take seconds. */
const PYTHON_SECONDS = 10

/**
 * The Python whose packages are used and whose `pip` installs: `PUREGALAXY_PYTHON`, else the active virtual
 * environment's, else `python3` on PATH.
 *
 * @returns a path or a name to be looked up on PATH
 */
export function pythonCommand(env: NodeJS.ProcessEnv = process.env): string {
  if (env.PUREGALAXY_PYTHON) return env.PUREGALAXY_PYTHON
  const [folder, name] = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python3']
  if (env.VIRTUAL_ENV) {
    const path = join(env.VIRTUAL_ENV, folder, name)
    if (existsSync(path)) return path
  }
  return name
}

/** What decides which Python a command is, and where it looks. */
const OF_PYTHON = /^(PATH|HOME|PYTHON.*|VIRTUAL_ENV|CONDA_PREFIX)$/i

const answers = new Map<string, Promise<string[]>>()

/**
 * Folders in which that Python looks for packages; empty where there is no Python or it does not answer. A process asks
 * each Python once: starting one takes a tenth of a second and more.
 */
export function pythonFolders(env: NodeJS.ProcessEnv = process.env): Promise<string[]> {
  const command = pythonCommand(env)
  const key = JSON.stringify([command, Object.entries(env).filter(([name]) => OF_PYTHON.test(name))])
  let answer = answers.get(key)
  if (!answer) {
    answer = askPython(command, env)
    answers.set(key, answer)
  }
  return answer
}

function askPython(command: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  return new Promise((done) => {
    execFile(
      command,
      ['-c', 'import os, sys; print(os.pathsep.join(p for p in sys.path if p))'],
      { timeout: PYTHON_SECONDS * 1000, env: { ...env } },
      (error, out) =>
        done(
          error
            ? []
            : out
                .trim()
                .split(delimiter)
                .filter((folder) => /(site|dist)-packages/.test(folder)),
        ),
    )
  })
}

/**
 * PJRT plugins among the packages of a folder: `jax_plugins/<name>/*.so`, as JAX's own packages install them, with the
 * NVIDIA libraries beside them. The CPU is part of `jaxlib` itself and no plugin.
 */
export async function jaxPlugins(sitePackages: string): Promise<LocatedPlugin[]> {
  const root = join(sitePackages, 'jax_plugins')
  const found: LocatedPlugin[] = []
  for (const name of await names(root)) {
    const file = (await names(join(root, name))).find((entry) => /plugin.*\.(so|dylib)$/.test(entry))
    if (file === undefined) continue
    const path = join(root, name, file)
    const platform = platformOfPath(path)
    if (platform === 'other') continue
    const cuda = platform === 'cuda13' ? 13 : platform === 'cuda12' ? 12 : undefined
    found.push({
      path,
      platform,
      version: await packageVersion(sitePackages, name),
      preload: cuda === undefined ? [] : await cudaLibraries(sitePackages, cuda),
    })
  }
  return found
}

/** `0.12.0` from `jax_cuda13_pjrt-0.12.0.dist-info`, the package that brings `jax_plugins/xla_cuda13`. */
async function packageVersion(sitePackages: string, plugin: string): Promise<string | null> {
  const start = `${plugin.replace(/^xla_/, 'jax_')}_pjrt-`
  const info = (await names(sitePackages)).find(
    (name) => name.startsWith(start) && name.endsWith('.dist-info'),
  )
  return info?.slice(start.length, -'.dist-info'.length) ?? null
}

const names = async (folder: string): Promise<string[]> => (await readdir(folder).catch(() => [])).sort()
