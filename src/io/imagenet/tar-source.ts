import { type FileHandle, open } from 'node:fs/promises'
import { fileError } from '../file-errors.ts'
import { isPictureName } from '../pictures/index.ts'
import { readTarMember, type TarIndex } from '../tar/index.ts'
import { byName, type PictureSource } from './picture-source.ts'

interface TarFolder {
  readonly folders: Set<string>
  /** File name to its place in the index. */
  readonly members: Map<string, number>
}

/** Pictures in an uncompressed tar, read at random by offset. */
export class TarSource implements PictureSource {
  readonly path: string
  readonly identity: string
  readonly #handle: FileHandle
  readonly #index: TarIndex
  readonly #tree = new Map<string, TarFolder>()

  private constructor(path: string, identity: string, handle: FileHandle, index: TarIndex) {
    this.path = path
    this.identity = identity
    this.#handle = handle
    this.#index = index
    this.#folder('')
    index.names.forEach((name, member) => {
      const [folder, file] = splitName(name)
      this.#folder(folder).members.set(file, member)
    })
  }

  /**
   * @param tar the uncompressed archive
   * @param index its index
   * @param path what the user named, where the archive was compressed
   * @param identity what `sourceIdentity` says of it
   * @throws PureGalaxyError `io.not-found`, `io.permission` …
   */
  static async open(tar: string, index: TarIndex, path: string, identity: string): Promise<TarSource> {
    try {
      return new TarSource(path, identity, await open(tar, 'r'), index)
    } catch (error) {
      throw fileError(error, tar)
    }
  }

  async folders(folder: string): Promise<string[]> {
    const names = this.#tree.get(folder)?.folders ?? []
    return [...names].filter((name) => !name.startsWith('.')).sort(byName)
  }

  async pictures(folder: string): Promise<string[]> {
    const names = this.#tree.get(folder)?.members.keys() ?? []
    return [...names].filter(isPictureName).sort(byName)
  }

  async open(name: string): Promise<Uint8Array> {
    const [folder, file] = splitName(name)
    return readTarMember(this.#handle, this.#index, this.#folder(folder).members.get(file)!)
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  /** The folder of that name, made with all that it lies in where there is none yet. */
  #folder(name: string): TarFolder {
    let folder = this.#tree.get(name)
    if (folder === undefined) {
      folder = { folders: new Set(), members: new Map() }
      this.#tree.set(name, folder)
      if (name !== '') {
        const [parent, own] = splitName(name)
        this.#folder(parent).folders.add(own)
      }
    }
    return folder
  }
}

/** `a/b/c` to `a/b` and `c`. */
function splitName(name: string): [folder: string, file: string] {
  const slash = name.lastIndexOf('/')
  return [name.slice(0, Math.max(0, slash)), name.slice(slash + 1)]
}
