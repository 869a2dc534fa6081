import type { File as H5wasmFile, Module as H5wasmModule } from 'h5wasm/node'

/** h5wasm's functions, one to one those of its C++ layer; most return a negative number when they fail. */
export type Hdf5Functions = typeof H5wasmModule

/** The HDF5 library, silenced. */
export interface Hdf5Library {
  readonly functions: Hdf5Functions
  /** h5wasm's own view of a file, for creating small data sets. */
  readonly File: typeof H5wasmFile
  /** Runs `work`, and returns with its result what HDF5 would have printed and the first failure of a read or write. */
  watch<Result>(work: () => Result): Watched<Result>
}

export interface Watched<Result> {
  /** Undefined where `work` threw. */
  readonly result: Result | undefined
  /** What `work` threw: h5wasm does so for what is not there. */
  readonly thrown: unknown
  /** HDF5's own account of what went wrong, empty where nothing did. */
  readonly messages: string
  /** The first error of the file system that HDF5 ran into. */
  readonly failure: unknown
}

/** The part of Emscripten's file system that h5wasm goes through to reach real files. */
interface FileSystem {
  ErrnoError: new (errno: number) => Error
  read(stream: Stream, buffer: Int8Array, offset: number, length: number, position?: number): number
  write(stream: Stream, buffer: Int8Array, offset: number, length: number, position?: number): number
}

interface Stream {
  /** Descriptor of the operating system. */
  readonly nfd: number
}

/** Emscripten's number for an input/output error. */
const EIO = 29

let library: Promise<Hdf5Library> | undefined

/**
 * Loads h5wasm (some 200 ms the first time). Its node build reads and writes real files in place, at offsets of 53 bits.
 *
 * Two habits of it are corrected here. HDF5 prints its error stack to the process's standard error: it is kept instead.
 * And an error of the file system (no space left) would fly through the C code as an exception and leave HDF5's state
 * broken: it is noted, and HDF5 gets the error number that its C code expects.
 */
export function loadHdf5(): Promise<Hdf5Library> {
  library ??= import('h5wasm/node').then(async ({ ready, File }) => ({ ...silence(await ready), File }))
  return library
}

function silence(functions: Hdf5Functions): Pick<Hdf5Library, 'functions' | 'watch'> {
  const fileSystem = functions.FS as unknown as FileSystem
  const { read, write } = fileSystem
  const printed: string[] = []
  let failure: unknown
  const noting = <Result>(operation: () => Result): Result => {
    try {
      return operation()
    } catch (error) {
      if (error instanceof fileSystem.ErrnoError) throw error
      failure ??= error
      throw new fileSystem.ErrnoError(EIO)
    }
  }
  fileSystem.read = (stream, ...rest) => noting(() => read.call(fileSystem, stream, ...rest))
  fileSystem.write = (stream, buffer, offset, length, position) => {
    if (stream.nfd === 1 || stream.nfd === 2) {
      printed.push(Buffer.from(buffer.subarray(offset, offset + length)).toString())
      return length
    }
    return noting(() => write.call(fileSystem, stream, buffer, offset, length, position))
  }
  return {
    functions,
    watch(work) {
      printed.length = 0
      failure = undefined
      let result: ReturnType<typeof work> | undefined
      let thrown: unknown
      try {
        result = work()
      } catch (error) {
        thrown = error
      }
      return { result, thrown, messages: printed.join(''), failure }
    },
  }
}
