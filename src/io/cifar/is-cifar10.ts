import { readdir, stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { readTarStream, sniffArchive } from '../tar/index.ts'
import { BINARY_FILES } from './binary-version.ts'
import { CIFAR10 } from './cifar10-classes.ts'
import { isPythonBatch } from './cifar10-source.ts'

const BATCH_FILES = [...BINARY_FILES.train, ...BINARY_FILES.test]

/** Files of an archive that may say nothing either way: the binary version has two such. The archive may be huge. */
const UNDECIDED_MEMBERS = 20

/**
 * Whether a folder or tar is CIFAR-10 in one of its forms, by the names in it: its batch files, or parts whose classes are
 * CIFAR-10's. The version for Python counts too, so that it is refused as what it is. An archive is read no further than to the
 * first file that decides, or to its twentieth.
 *
 * @throws PureGalaxyError `io.archive` where an archive is damaged before that
 */
export async function isCifar10(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return false
  if (found.isDirectory()) return isCifar10Folder(path)
  const compression = await sniffArchive(path)
  if (compression === undefined) return false
  let seen = 0
  for await (const { name } of readTarStream(path, compression)) {
    if (++seen > UNDECIDED_MEMBERS) return false
    const file = posix.basename(name)
    if (BATCH_FILES.includes(file) || isPythonBatch(file)) return true
    const [part, folder] = name.split('/').slice(-3)
    if (name.split('/').length >= 3) return isPart(part!) && CIFAR10.names.includes(folder!)
  }
  return false
}

async function isCifar10Folder(path: string): Promise<boolean> {
  const names = await readdir(path).catch((): string[] => [])
  const isBatch = (name: string) => BATCH_FILES.includes(name) || isPythonBatch(name)
  if (names.some(isBatch) || names.some((name) => /^cifar-10-batches-(bin|py)$/.test(name))) return true
  for (const part of names.filter(isPart)) {
    const classes = await readdir(join(path, part)).catch((): string[] => [])
    if (classes.length > 0) return classes.every((name) => CIFAR10.names.includes(name))
  }
  return false
}

const isPart = (name: string): boolean => name === 'train' || name === 'test'
