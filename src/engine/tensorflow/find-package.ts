import { access } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readInstallation } from '../install/installation.ts'

/** An installation of @tensorflow/tfjs-node or -gpu whose native part is there. */
export interface TensorFlowPackage {
  /** Folder of the npm package. */
  readonly folder: string
  /** Its compiled addon. */
  readonly addon: string
}

const NAMES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']

/** Versions of Node's addon interface that the package has been built for, newest first. */
const ADDONS = [8, 7, 6, 5, 4, 3].map((version) => join('lib', `napi-v${version}`, 'tfjs_binding.node'))

/**
 * Finds TensorFlow for Node: the folder of one of the two packages that `PUREGALAXY_TENSORFLOW` names, and then nothing
 * else; or what npm installed beside puregalaxy or in the current folder, else what
 * `puregalaxy engine install` built; a package for GPUs before one without.
 *
 * @returns all that have their native part, the one to be tried first at the beginning
 */
export async function findTensorFlowPackages(): Promise<TensorFlowPackage[]> {
  const folders = process.env.PUREGALAXY_TENSORFLOW
    ? [resolve(process.env.PUREGALAXY_TENSORFLOW)]
    : await usualFolders()
  const found: TensorFlowPackage[] = []
  for (const folder of new Set(folders)) {
    const addon = await firstThatExists(ADDONS.map((path) => join(folder, path)))
    if (addon) found.push({ folder, addon })
  }
  return found
}

async function usualFolders(): Promise<string[]> {
  const folders = [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))].flatMap((from) =>
    NAMES.flatMap((name) => resolvePackage(name, from)),
  )
  for (const name of ['tensorflow-cuda', 'tensorflow'] as const) {
    const installation = await readInstallation(name)
    if (installation) folders.push(packageFolder(installation.folder))
  }
  return folders
}

/** Where the npm package lies in an installation of our own. */
export const packageFolder = (installation: string) =>
  join(installation, 'node_modules', '@tensorflow', 'tfjs-node')

function resolvePackage(name: string, from: string | URL): string[] {
  try {
    return [dirname(createRequire(from).resolve(`${name}/package.json`))]
  } catch {
    return []
  }
}

async function firstThatExists(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return undefined
}
