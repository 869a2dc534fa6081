import { hdf5Error } from './hdf5-error.ts'
import { type Hdf5Library, loadHdf5 } from './library.ts'
import { withMemory } from './read-column.ts'

/** Level of gzip: 1 takes half the time of the usual 4 and makes files of noisy pictures 3 % larger. */
const GZIP_LEVEL = 1

/** An HDF5 file being written. Pictures are appended; everything else is written at once. */
export class Hdf5Writer {
  readonly #library: Hdf5Library
  readonly #file: InstanceType<Hdf5Library['File']>
  /** What errors call the file: its final name. */
  readonly #name: string
  #rows = 0
  #closed = false

  private constructor(library: Hdf5Library, file: InstanceType<Hdf5Library['File']>, name: string) {
    this.#library = library
    this.#file = file
    this.#name = name
  }

  /**
   * Starts a file in the place of one that is there and can be written.
   *
   * @param path where to write
   * @param name the path that errors name
   */
  static async create(path: string, name: string): Promise<Hdf5Writer> {
    const library = await loadHdf5()
    const created = library.watch(() => new library.File(path, 'w'))
    if (created.result === undefined || created.result.file_id < 0n)
      throw hdf5Error(name, 'it cannot be created', created)
    return new Hdf5Writer(library, created.result, name)
  }

  /**
   * Creates an empty data set `images` that grows with `appendImages`, uint8 (N, height, width, 3), gzip.
   *
   * @param chunks extent of a chunk in each of the four dimensions
   */
  createImages(height: number, width: number, chunks: readonly [number, number, number, number]): void {
    this.#write('images', () => {
      this.#file.create_dataset({
        name: 'images',
        data: new Uint8Array(0),
        shape: [0, height, width, 3],
        maxshape: [null, height, width, 3],
        dtype: '<B',
        chunks: [...chunks],
        compression: 'gzip',
        compression_opts: GZIP_LEVEL,
      })
    })
  }

  /** Appends pictures, uint8 NHWC of the size given to `createImages`. */
  appendImages(images: Uint8Array, height: number, width: number): void {
    const rows = images.length / (height * width * 3)
    const { functions } = this.#library
    const id = this.#file.file_id
    this.#write('images', () => {
      const count = [rows, height, width, 3].map(BigInt)
      const status = functions.resize_dataset(id, 'images', [this.#rows + rows, height, width, 3].map(BigInt))
      if (status < 0) return status
      return withMemory(functions, images.length, (pointer) => {
        functions.HEAPU8.set(images, pointer)
        const offset = [this.#rows, 0, 0, 0].map(BigInt)
        return functions.set_dataset_data(id, 'images', count, offset, [1n, 1n, 1n, 1n], BigInt(pointer))
      })
    })
    this.#rows += rows
  }

  /** Writes a data set of one dimension. */
  writeNumbers(name: string, data: Uint8Array | Uint16Array | Float64Array): void {
    const dtype = data instanceof Uint8Array ? '<B' : data instanceof Uint16Array ? '<H' : '<d'
    this.#write(name, () => {
      this.#file.create_dataset({ name, data, shape: [data.length], dtype })
    })
  }

  /** Writes strings in UTF-8, all with the number of bytes of the longest. */
  writeStrings(name: string, data: readonly string[]): void {
    this.#write(name, () => {
      this.#file.create_dataset({ name, data: [...data], shape: [data.length], dtype: stringType(data) })
    })
  }

  /** Writes an attribute of the file that holds strings. */
  writeTextAttribute(name: string, data: readonly string[]): void {
    this.#write(name, () => this.#file.create_attribute(name, [...data], [data.length], stringType(data)))
  }

  /** Writes what HDF5 still holds in memory and closes the file. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#write('', () => this.#file.close())
  }

  #write(name: string, work: () => unknown): void {
    const watched = this.#library.watch(work)
    const { result, thrown, failure, messages } = watched
    // h5wasm drops the status of some calls; HDF5 prints whenever one fails.
    if (
      thrown !== undefined ||
      failure !== undefined ||
      messages !== '' ||
      (typeof result === 'number' && result < 0)
    ) {
      throw hdf5Error(
        this.#name,
        name ? `the data set ${name} cannot be written` : 'it cannot be closed',
        watched,
      )
    }
  }
}

const stringType = (data: readonly string[]): string =>
  `S${data.reduce((longest, text) => Math.max(longest, Buffer.byteLength(text)), 1)}`
