import { posix } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { defaultConcurrency, isPictureName, mapOrdered } from '../pictures/index.ts'
import { type ArchiveCompression, readTarStream } from '../tar/index.ts'
import { BINARY_CLASSES, BINARY_FILES, checkBinaryClasses, decodeBinaryBatch } from './binary-version.ts'
import type { Cifar10Subset } from './cifar10-classes.ts'
import { type Cifar10Source, emptyError, isPythonBatch, pythonError } from './cifar10-source.ts'
import { decodeCifar10Picture } from './decode-cifar10-picture.ts'

/** Member of an archive of pictures: part, class and name, below any folders. */
const PICTURE_MEMBER = /(?:^|\/)(train|test)\/([^/]+\/[^/]+)$/

interface EncodedMember {
  readonly content: Uint8Array
  /** What errors call it. */
  readonly name: string
  /** `<class>/<picture>`; absent for a file of the binary version. */
  readonly id: string | undefined
}

/** A tar of either version, read from front to back as a stream; pictures keep the order of the archive. */
export function archiveSource(
  path: string,
  compression: ArchiveCompression,
  subset: Cifar10Subset,
): Cifar10Source {
  return {
    file: path,
    recipe: `cifar10 archive ${subset}`,
    batches: (signal) =>
      mapOrdered(
        encodedMembers(path, compression, subset, signal),
        defaultConcurrency(),
        async ({ content, name, id }) =>
          id === undefined
            ? decodeBinaryBatch(content, name)
            : decodeCifar10Picture({ source: content, name, id }),
        signal,
      ),
  }
}

async function* encodedMembers(
  path: string,
  compression: ArchiveCompression,
  subset: Cifar10Subset,
  signal?: AbortSignal,
): AsyncGenerator<EncodedMember, void, undefined> {
  const missing = new Set(BINARY_FILES[subset])
  let pictures = 0
  let python = false
  for await (const member of readTarStream(path, compression, { signal })) {
    const file = posix.basename(member.name)
    const name = `${path}: ${member.name}`
    const [, part, id] = PICTURE_MEMBER.exec(member.name) ?? []
    if (missing.delete(file)) yield { content: await member.read(), name, id: undefined }
    else if (file === BINARY_CLASSES) checkBinaryClasses(await member.read(), name)
    else if (part === subset && isPictureName(file)) {
      pictures++
      yield { content: await member.read(), name, id }
    } else if (isPythonBatch(file)) python = true
  }
  if (pictures > 0 || missing.size === 0) return
  if (missing.size < BINARY_FILES[subset].length) {
    throw new PureGalaxyError(
      'io.cifar.incomplete',
      `${path} lacks ${[...missing].join(', ')} of CIFAR-10's binary version. Fetch it again.`,
    )
  }
  throw python ? pythonError(path) : emptyError(path)
}
