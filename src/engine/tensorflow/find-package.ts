import { stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readInstallation } from '../install/installation.ts'

/** An installation of @tensorflow/tfjs-node or -gpu. */
export interface TensorFlowPackage {
  /** Folder of the npm package. */
  readonly folder: string
  /** Its compiled addon; null where there is none, because the package's installer did not run or could not fetch it. */
  readonly addon: string | null
}

const NAMES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']

/** Versions of Node's addon interface that the package has been built for, newest first. */
const ADDONS = [8, 7, 6, 5, 4, 3].map((version) => join('lib', `napi-v${version}`, 'tfjs_binding.node'))

/**
 * Finds TensorFlow for Node: the folder of one of the two packages that `PUREGALAXY_TENSORFLOW` names, and then nothing
 * else; or what npm installed beside puregalaxy or in the current folder, else what
 * `puregalaxy engine install` built; a package for GPUs before one without.
 *
 * @returns all there are, the one to be tried first at the beginning
 */
export async function findTensorFlowPackages(): Promise<TensorFlowPackage[]> {
  const folders = process.env.PUREGALAXY_TENSORFLOW
    ? [resolve(process.env.PUREGALAXY_TENSORFLOW)]
    : await usualFolders()
  return Promise.all(
    [...new Set(folders)].map(async (folder) => ({
      folder,
      addon: await firstThatExists(ADDONS.map((path) => join(folder, path))),
    })),
  )
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

async function firstThatExists(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) if ((await stat(path).catch(() => undefined))?.isFile()) return path
  return null
}
