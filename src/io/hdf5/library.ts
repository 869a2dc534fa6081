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
  ErrnoError: new (errno: number) => Error & { readonly errno: number }
  read(stream: Stream, buffer: Int8Array, offset: number, length: number, position?: number): number
  write(stream: Stream, buffer: Int8Array, offset: number, length: number, position?: number): number
}

interface Stream {
  /** Descriptor of the operating system. */
  readonly nfd: number
}

/** Emscripten's numbers for what can go wrong while reading and writing, with the system's names. */
const ERROR_NAMES: Readonly<Record<number, string>> = { 19: 'EDQUOT', 22: 'EFBIG', 29: 'EIO', 51: 'ENOSPC' }

let library: Promise<Hdf5Library> | undefined

/**
 * Loads h5wasm (some 200 ms the first time). Its node build reads and writes real files in place, at offsets of 53 bits.
 *
 * HDF5 prints its error stack to the process's standard error, and Emscripten its warnings to the console: both are kept
 * instead. Of a failed read or write HDF5 knows only that it failed, so the system's reason (no space left) is noted.
 */
export function loadHdf5(): Promise<Hdf5Library> {
  library ??= load()
  return library
}

async function load(): Promise<Hdf5Library> {
  const messages: string[] = []
  let isWatching = false
  // Emscripten takes hold of the console's function when it is loaded, so what it is to hold must be there by then.
  const printError = console.error
  const forward = (...values: unknown[]) => {
    if (isWatching) messages.push(values.join(' '))
    else printError.apply(console, values)
  }
  console.error = forward
  const { ready, File } = await import('h5wasm/node')
  const functions = await ready
  if (console.error === forward) console.error = printError

  const fileSystem = functions.FS as unknown as FileSystem
  const { read, write } = fileSystem
  let failure: unknown
  const noting = <Result>(operation: () => Result): Result => {
    try {
      return operation()
    } catch (error) {
      if (error instanceof fileSystem.ErrnoError) {
        failure ??= Object.assign(new Error(error.message), { code: ERROR_NAMES[error.errno] ?? 'EIO' })
      }
      throw error
    }
  }
  fileSystem.read = (stream, ...rest) => noting(() => read.call(fileSystem, stream, ...rest))
  fileSystem.write = (stream, buffer, offset, length, position) => {
    if (stream.nfd === 1 || stream.nfd === 2) {
      messages.push(Buffer.from(buffer.subarray(offset, offset + length)).toString())
      return length
    }
    return noting(() => write.call(fileSystem, stream, buffer, offset, length, position))
  }

  const watch = <Result>(work: () => Result): Watched<Result> => {
    messages.length = 0
    failure = undefined
    isWatching = true
    try {
      return { result: work(), thrown: undefined, messages: messages.join(''), failure }
    } catch (thrown) {
      return { result: undefined, thrown, messages: messages.join(''), failure }
    } finally {
      isWatching = false
    }
  }
  return { functions, File, watch }
}
