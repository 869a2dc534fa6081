import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { userCacheFolder } from '../../user-cache-folder.ts'
import { sourceIdentity } from '../cache/index.ts'
import { fileError } from '../file-errors.ts'
import { defaultConcurrency, listPictures, mapOrdered } from '../pictures/index.ts'
import { BINARY_CLASSES, BINARY_FILES, checkBinaryClasses, decodeBinaryBatch } from './binary-version.ts'
import type { Cifar10Subset } from './cifar10-classes.ts'
import { type Cifar10Source, emptyError } from './cifar10-source.ts'
import { decodeCifar10Picture, type EncodedPicture } from './decode-cifar10-picture.ts'

const FILES_AT_ONCE = 8

/** The binary version in a folder, in the order of its files. */
export async function binaryFolderSource(folder: string, subset: Cifar10Subset): Promise<Cifar10Source> {
  const paths = BINARY_FILES[subset].map((name) => join(folder, name))
  // Also finds out whether one is missing, before a cache is begun.
  const identities = await Promise.all(paths.map(sourceIdentity))
  return {
    file: paths[0]!,
    recipe: `cifar10 binary ${subset} ${identities.slice(1).join(' ')}`,
    async *batches() {
      const classes = join(folder, BINARY_CLASSES)
      const names = await readFile(classes).catch(() => undefined)
      if (names !== undefined) checkBinaryClasses(names, classes)
      for (const path of paths) {
        const file = await readFile(path).catch((error) => {
          throw fileError(error, path)
        })
        yield decodeBinaryBatch(file, path)
      }
    },
  }
}

/** Pictures in `<subset>/<class>/`, in the order of classes and names. */
export async function pictureFolderSource(folder: string, subset: Cifar10Subset): Promise<Cifar10Source> {
  const root = join(folder, subset)
  const pictures = (await listPictures([root])).map((path) => ({
    source: path,
    name: path,
    // Below the part, whatever the system's separator.
    id: path.slice(root.length + 1).replaceAll('\\', '/'),
  }))
  const first = pictures[0]
  if (first === undefined) throw emptyError(root)
  const listing = createHash('sha256')
  for await (const line of mapOrdered(pictures, FILES_AT_ONCE, describeFile)) listing.update(line)
  return {
    file: first.name,
    recipe: `cifar10 pictures ${subset} ${basename(folder)} ${listing.digest('hex')}`,
    count: pictures.length,
    // Beside the file would be among the pictures of a class.
    cacheDirectory: join(userCacheFolder(), 'pictures'),
    batches: (signal) => mapOrdered(pictures, defaultConcurrency(), decodeCifar10Picture, signal),
  }
}

/** What changes when the picture does. */
async function describeFile({ id, name }: EncodedPicture): Promise<string> {
  const { size, mtimeMs } = await stat(name).catch((error) => {
    throw fileError(error, name)
  })
  return `${id} ${size} ${mtimeMs}\n`
}
