import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { runTool } from './run-tool.ts'

export interface PinnedNpmPackage {
  readonly version: string
  /** As npm notes it: `sha512-…`. */
  readonly integrity: string
}

type Packages = Readonly<Record<string, PinnedNpmPackage>>

/**
 * Installs packages of npm and what they depend on into a folder, through the user's npm, running no script of theirs.
 *
 * @throws PureGalaxyError `engine.no-npm`, `engine.npm-failed`; `engine.hash` where a package is not the pinned one
 */
export async function installNpmPackages(
  folder: string,
  packages: Packages,
  signal: AbortSignal | undefined,
): Promise<void> {
  const dependencies = Object.fromEntries(
    Object.entries(packages).map(([name, { version }]) => [name, version]),
  )
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const args = ['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--no-package-lock']
  const ended = await runTool('npm', [...args, '--no-update-notifier'], { cwd: folder, signal })
  if (ended === null) throw noNpm()
  if (ended.code !== 0) throw failed(ended.text)
  await checkPins(folder, packages)
}

/** Packs what `installNpmPackages` put into a folder into one file. */
export async function packNpmPackages(
  folder: string,
  file: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await runTar(['-czf', file, '-C', folder, 'package.json', 'node_modules'], signal)
}

/**
 * Unpacks a file of `packNpmPackages` into a folder; npm is not needed.
 *
 * @throws PureGalaxyError `engine.from` where it is not there or damaged; `engine.hash`
 */
export async function unpackNpmPackages(
  file: string,
  folder: string,
  packages: Packages,
  signal: AbortSignal | undefined,
): Promise<void> {
  await runTar(['-xzf', file, '-C', folder], signal)
  await checkPins(folder, packages)
}

async function runTar(args: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  const ended = await runTool('tar', args, { signal })
  if (ended?.code === 0) return
  throw new PureGalaxyError(
    'engine.from',
    `tar fails on ${args[1]}: ${ended ? ended.text.trim().split('\n').at(-1) : 'there is no tar on PATH'}. Fill the ` +
      'folder with --download-only of this engine and this version of puregalaxy.',
  )
}

async function checkPins(folder: string, packages: Packages): Promise<void> {
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

function failed(text: string): PureGalaxyError {
  const cause = new Error(text)
  if (/ENOSPC/.test(text))
    return new PureGalaxyError(
      'engine.disk-full',
      'The disk is full. Make room, or set PUREGALAXY_CACHE to a folder on another disk, and run the command again.',
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
