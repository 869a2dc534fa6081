import { createHash, randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../make-folder.ts'
import { userCacheFolder } from '../user-cache-folder.ts'
import { VERSION } from '../version.ts'
import { boundFolder, noteUse, TEMPORARY } from './bound-folder.ts'
import type { EngineName, TensorSpec } from './types.ts'

/** A lowered or compiled program: all that is needed to start it again without tracing. */
export interface StoredProgram {
  /** In the form of its engine. */
  readonly model: Uint8Array<ArrayBuffer>
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

const MAGIC = 'PGPROG01'

/** Bytes of all programs: hundreds of them, of whatever engine. */
const LIMIT = 2 ** 30

/**
 * Programs by key, in the user's cache folder: `<hash of the key>.<engine>program` holds a magic number, the length of a
 * JSON header, the header and the program, with the program's hash in the header. A cache that cannot be written, or a
 * file in it that is damaged, costs the time to make the program again and nothing else. Beyond 1 GiB, programs that were
 * used longest ago go.
 */
export class ProgramCache {
  readonly #engine: EngineName

  constructor(engine: EngineName) {
    this.#engine = engine
  }

  async read(key: string): Promise<StoredProgram | undefined> {
    try {
      const path = this.#path(key)
      const bytes = await readFile(path)
      if (bytes.toString('latin1', 0, 8) !== MAGIC) return undefined
      const end = 12 + bytes.readUInt32LE(8)
      const { inputs, outputs, sha256 } = JSON.parse(bytes.toString('utf8', 12, end))
      const model = Uint8Array.from(bytes.subarray(end))
      if (hash(model) !== sha256) return undefined
      await noteUse(path)
      return { model, inputs, outputs }
    } catch {
      return undefined
    }
  }

  async write(key: string, { model, inputs, outputs }: StoredProgram): Promise<void> {
    const header = Buffer.from(JSON.stringify({ inputs, outputs, sha256: hash(model) }))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(header.length)
    const path = this.#path(key)
    const temporary = `${path}.${randomUUID()}${TEMPORARY}`
    try {
      await makeFolder(programFolder())
      await writeFile(temporary, Buffer.concat([Buffer.from(MAGIC, 'latin1'), length, header, model]))
      await rename(temporary, path)
      await boundFolder(programFolder(), LIMIT)
    } catch {
      await rm(temporary, { force: true }).catch(() => {})
    }
  }

  #path(key: string): string {
    return join(programFolder(), `${hash(`${VERSION}|${key}`)}.${this.#engine}program`)
  }
}

/** Where programs are kept. */
const programFolder = () => join(userCacheFolder(), 'programs')

const hash = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')
