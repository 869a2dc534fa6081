import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { runTool, type ToolOptions } from './run-tool.ts'

export interface PinnedNpmPackage {
  readonly version: string
  /** As npm notes it: `sha512-…`. */
  readonly integrity: string
}

interface NpmOptions extends Pick<ToolOptions, 'signal'> {
  /** Where npm keeps what it fetched; default: the user's own. */
  readonly cache?: string
  /** Take everything from the cache. */
  readonly offline?: boolean
}

/**
 * Installs packages of npm and what they depend on into a folder, through the user's npm, running no script of theirs.
 *
 * @throws PureGalaxyError `engine.no-npm`, `engine.npm-failed`; `engine.hash` where a package is not the pinned one
 */
export async function installNpmPackages(
  folder: string,
  packages: Readonly<Record<string, PinnedNpmPackage>>,
  { cache, offline = false, signal }: NpmOptions = {},
): Promise<void> {
  const dependencies = Object.fromEntries(
    Object.entries(packages).map(([name, { version }]) => [name, version]),
  )
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const args = ['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--no-package-lock']
  if (cache !== undefined) args.push('--cache', cache)
  if (offline) args.push('--offline')
  const ended = await runTool('npm', args, { cwd: folder, signal })
  if (ended === null) throw noNpm()
  if (ended.code !== 0) throw failed(ended.text, offline)
  const lock = JSON.parse(await readFile(join(folder, 'node_modules', '.package-lock.json'), 'utf8'))
  for (const [name, { version, integrity }] of Object.entries(packages)) {
    const found = lock.packages[`node_modules/${name}`]
    if (found?.version !== version || found.integrity !== integrity)
      throw new PureGalaxyError(
        'engine.hash',
        `npm gave another ${name} than the pinned ${version}: its hash differs. Nothing was installed. The registry or ` +
          'a proxy between serves another file (npm config get registry).',
      )
  }
}

/** Asks npm for its version, before much is fetched for nothing. */
export async function checkNpm(signal: AbortSignal | undefined): Promise<void> {
  if ((await runTool('npm', ['--version'], { signal })) === null) throw noNpm()
}

const noNpm = () =>
  new PureGalaxyError(
    'engine.no-npm',
    'There is no npm on PATH, which fetches TensorFlow.js for Node. It comes with Node.js (Debian, Ubuntu: apt install npm).',
  )

function failed(text: string, offline: boolean): PureGalaxyError {
  const cause = new Error(text)
  if (/ENOSPC/.test(text))
    return new PureGalaxyError(
      'engine.disk-full',
      'The disk is full. Make room, or set PUREGALAXY_CACHE to a folder on another disk, and run the command again.',
      { cause },
    )
  if (offline)
    return new PureGalaxyError(
      'engine.from',
      'The folder of --from lacks packages of npm. Fill it with --download-only of this version of puregalaxy.',
      { cause },
    )
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/.test(text))
    return new PureGalaxyError(
      'engine.no-network',
      'npm cannot reach its registry (npm config get registry). On a machine without network, run the same command ' +
        'with --download-only FOLDER on another one, copy the folder, and use --from FOLDER here.',
      { cause },
    )
  const said = text.split('\n').find((line) => /^npm (error|ERR!) (?!code)/.test(line))
  return new PureGalaxyError('engine.npm-failed', `npm failed: ${said ?? text.trim().split('\n').at(-1)}`, {
    cause,
  })
}
