import { open as openFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { fileError } from '../file-errors.ts'
import { hdf5Error } from './hdf5-error.ts'
import { type Hdf5Library, loadHdf5 } from './library.ts'

/** The first eight bytes of an HDF5 file without a user block. */
export const HDF5_SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1')

/** What kind of numbers a data set holds, as NumPy writes it (`uint8`, `float64`), or `string`, or HDF5's own word. */
export type Hdf5Type = string

/** One data set of an HDF5 file. */
export interface Hdf5DatasetInfo {
  /** Path inside the file without the leading slash. */
  readonly name: string
  /** Empty for a scalar. */
  readonly shape: readonly number[]
  readonly type: Hdf5Type
  /** Bytes of one element. */
  readonly elementBytes: number
  /** null: stored in one piece. */
  readonly chunks: readonly number[] | null
  readonly filters: readonly { readonly id: number; readonly name: string }[]
  /** Composed of data sets of other files, or a link to one. */
  readonly isVirtual: boolean
}

/** Classes of HDF5's types, in the order of H5T_class_t. */
const TYPE_CLASSES =
  'integer float time string bitfield opaque compound reference enumeration variable-length array'.split(' ')

/** An open HDF5 file. Nothing of it is held in memory. */
export class Hdf5File {
  readonly path: string
  /** Bytes of the whole file. */
  readonly bytes: number
  readonly #library: Hdf5Library
  readonly #id: bigint
  #closed = false

  private constructor(path: string, bytes: number, library: Hdf5Library, id: bigint) {
    this.path = path
    this.bytes = bytes
    this.#library = library
    this.#id = id
  }

  /**
   * Opens a file to read it.
   *
   * @throws PureGalaxyError `io.empty`, `io.hdf5.signature`, `io.hdf5.truncated`, `io.hdf5.corrupt`, `io.not-found` …
   */
  static async open(path: string): Promise<Hdf5File> {
    const bytes = await requireSignature(path)
    const library = await loadHdf5()
    const { functions } = library
    const opened = library.watch(() => functions.open(resolve(path), functions.H5F_ACC_RDONLY, false, -1, -1))
    if (opened.result !== undefined && opened.result >= 0n)
      return new Hdf5File(path, bytes, library, opened.result)
    throw hdf5Error(path, 'it cannot be opened', opened)
  }

  /**
   * Calls a function of the library on this file.
   *
   * @param what said in the error: "the data set ans cannot be read"
   * @throws PureGalaxyError `io.hdf5.corrupt`, `io.hdf5.truncated`, or that of the file system, when it fails
   */
  call<Result>(what: string, work: (functions: Hdf5Library['functions'], id: bigint) => Result): Result {
    if (this.#closed)
      throw new PureGalaxyError('io.closed', `${this.path}: the file is closed. Open it again.`)
    const watched = this.#library.watch(() => work(this.#library.functions, this.#id))
    const { result, thrown, failure } = watched
    if (thrown !== undefined || failure !== undefined || (typeof result === 'number' && result < 0)) {
      throw hdf5Error(this.path, what, watched)
    }
    return result as Result
  }

  /** All data sets, those in groups included, in the order of their names. */
  list(): Hdf5DatasetInfo[] {
    return this.call('its contents cannot be listed', (functions, id) => {
      const isDataset = (name: string) => functions.get_type(id, name) === functions.H5G_DATASET
      return functions.get_names(id, '/', true).filter(isDataset)
    }).map((name) => this.describe(name))
  }

  /** Shape, type and storage of one data set. */
  describe(name: string): Hdf5DatasetInfo {
    return this.call(`the data set ${name} cannot be read`, (functions, id) => {
      const { shape, type, size, signed, chunks, vlen, virtual_sources } = functions.get_dataset_metadata(
        id,
        name,
      )
      const kind = TYPE_CLASSES[type] ?? 'unknown'
      const number = kind === 'integer' ? `${signed ? 'int' : 'uint'}${size * 8}` : `float${size * 8}`
      const filters = functions.get_dataset_filters(id, name)
      return {
        name,
        shape: shape ?? [],
        type: kind === 'integer' || kind === 'float' ? number : vlen ? 'string' : kind,
        elementBytes: size,
        chunks,
        filters: filters.map((filter) => ({ id: filter.id, name: filter.name })),
        // Of what is no link the name of a file is missing.
        isVirtual:
          virtual_sources !== undefined || functions.get_external_link(id, name).filename !== undefined,
      }
    })
  }

  /** Closes the file. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#library.watch(() => this.#library.functions.close_file(this.#id))
  }
}

/** Refuses what is no HDF5 file before the library is loaded; returns the file's size. */
async function requireSignature(path: string): Promise<number> {
  try {
    const handle = await openFile(path, 'r')
    try {
      const { size } = await handle.stat()
      if (size === 0) {
        throw new PureGalaxyError('io.empty', `${path} is empty. Fetch or write the file again.`)
      }
      const head = Buffer.alloc(HDF5_SIGNATURE.length)
      // A user block of 512 bytes, 1024, 2048 … may come before the signature.
      for (let offset = 0; offset < size; offset = offset === 0 ? 512 : offset * 2) {
        await handle.read(head, 0, head.length, offset)
        if (head.equals(HDF5_SIGNATURE)) return size
      }
      throw new PureGalaxyError(
        'io.hdf5.signature',
        `${path} is not an HDF5 file: its signature is missing. Check that the download is complete and the file is the right one.`,
      )
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw fileError(error, path)
  }
}
