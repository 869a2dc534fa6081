import { PureGalaxyError } from '../../errors.ts'
import type { Hdf5DatasetInfo, Hdf5File } from './hdf5-file.ts'
import type { Hdf5Functions } from './library.ts'
import { requireReadable } from './readable.ts'

/** Little-endian, which h5wasm converts to. */
const NUMBER_VIEWS: Readonly<Record<string, (bytes: ArrayBuffer) => ArrayLike<number> | ArrayLike<bigint>>> =
  {
    uint8: (bytes) => new Uint8Array(bytes),
    int8: (bytes) => new Int8Array(bytes),
    uint16: (bytes) => new Uint16Array(bytes),
    int16: (bytes) => new Int16Array(bytes),
    uint32: (bytes) => new Uint32Array(bytes),
    int32: (bytes) => new Int32Array(bytes),
    uint64: (bytes) => new BigUint64Array(bytes),
    int64: (bytes) => new BigInt64Array(bytes),
    float32: (bytes) => new Float32Array(bytes),
    float64: (bytes) => new Float64Array(bytes),
  }

/**
 * Reads a data set of one dimension (or N×1) of integers or floating-point numbers.
 *
 * @param length expected number of elements
 * @returns values as float64; integers beyond 2⁵³ lose digits (identifiers are read by `readStrings`)
 * @throws PureGalaxyError `io.hdf5.shape`, `io.hdf5.type`, `io.hdf5.filter`, `io.hdf5.corrupt`
 */
export function readNumbers(file: Hdf5File, name: string, length: number): Float64Array {
  const info = requireColumn(file, name, length)
  const view = NUMBER_VIEWS[info.type]
  if (view === undefined) {
    throw new PureGalaxyError(
      'io.hdf5.type',
      `${file.path}: the data set ${name} has type ${info.type}; integers or floating-point numbers were expected.`,
    )
  }
  const stored = view(readBytes(file, name, length * info.elementBytes))
  const values = new Float64Array(length)
  for (let i = 0; i < length; i++) values[i] = Number(stored[i])
  return values
}

/**
 * Reads a data set of identifiers: strings of fixed or variable length in UTF-8, or integers of any width, exactly.
 *
 * @throws PureGalaxyError as `readNumbers`
 */
export function readStrings(file: Hdf5File, name: string, length: number): string[] {
  const info = requireColumn(file, name, length)
  if (info.type !== 'string') {
    const view = NUMBER_VIEWS[info.type]
    if (view === undefined || info.type.startsWith('float')) {
      throw new PureGalaxyError(
        'io.hdf5.type',
        `${file.path}: the data set ${name} has type ${info.type}; strings or integers were expected.`,
      )
    }
    const stored = view(readBytes(file, name, length * info.elementBytes))
    return Array.from({ length }, (_, i) => String(stored[i]))
  }
  return file.call(`the data set ${name} cannot be read`, (functions, id) => {
    const { vlen, size } = functions.get_dataset_metadata(id, name)
    return withMemory(functions, length * size, (pointer) => {
      requireSuccess(functions.get_dataset_data(id, name, null, null, null, BigInt(pointer)))
      if (!vlen) return decodeFixed(functions.HEAPU8.subarray(pointer, pointer + length * size), size)
      const strings = decodeVariable(functions, pointer, length)
      functions.reclaim_vlen_memory(id, name, '', BigInt(pointer))
      return strings
    })
  })
}

/** Reads an attribute of the file itself that holds a list of strings; undefined where there is none. */
export function readTextAttribute(file: Hdf5File, name: string): string[] | undefined {
  return file.call(`the attribute ${name} cannot be read`, (functions, id) => {
    if (!functions.get_attribute_names(id, '/').includes(name)) return undefined
    const { shape, size, vlen, type } = functions.get_attribute_metadata(id, '/', name)
    if (type !== functions.H5T_class_t.H5T_STRING.value || shape?.length !== 1) return undefined
    const length = shape[0]!
    return withMemory(functions, length * size, (pointer) => {
      requireSuccess(functions.get_attribute_data(id, '/', name, BigInt(pointer)))
      if (!vlen) return decodeFixed(functions.HEAPU8.subarray(pointer, pointer + length * size), size)
      const strings = decodeVariable(functions, pointer, length)
      functions.reclaim_vlen_memory(id, '/', name, BigInt(pointer))
      return strings
    })
  })
}

/** Runs `work` with so many bytes of WebAssembly's memory. */
export function withMemory<Result>(
  functions: Hdf5Functions,
  bytes: number,
  work: (pointer: number) => Result,
): Result {
  const pointer = functions._malloc(Math.max(1, bytes))
  if (pointer === 0) throw new Error(`${bytes} bytes of memory are not to be had`)
  try {
    return work(pointer)
  } finally {
    functions._free(pointer)
  }
}

function requireColumn(file: Hdf5File, name: string, length: number): Hdf5DatasetInfo {
  const info = file.describe(name)
  const { shape } = info
  if (shape[0] !== length || shape.slice(1).some((n) => n !== 1)) {
    throw new PureGalaxyError(
      'io.hdf5.shape',
      `${file.path}: the data set ${name} has shape (${shape.join(', ')}); (${length}) was expected, one value for each picture.`,
    )
  }
  requireReadable(file, info)
  return info
}

function readBytes(file: Hdf5File, name: string, bytes: number): ArrayBuffer {
  return file.call(`the data set ${name} cannot be read`, (functions, id) =>
    withMemory(functions, bytes, (pointer) => {
      requireSuccess(functions.get_dataset_data(id, name, null, null, null, BigInt(pointer)))
      return functions.HEAPU8.slice(pointer, pointer + bytes).buffer as ArrayBuffer
    }),
  )
}

/** Leaves a function of several calls at the first that fails; `Hdf5File.call` finds the reason. */
function requireSuccess(status: number): void {
  if (status < 0) throw new Error(`status ${status}`)
}

/** Strings of any length: an array of pointers of 4 bytes. */
function decodeVariable(functions: Hdf5Functions, pointer: number, length: number): string[] {
  const pointers = new Uint32Array(functions.HEAPU8.slice(pointer, pointer + length * 4).buffer)
  return Array.from(pointers, (at) => (at === 0 ? '' : functions.UTF8ToString(at)))
}

/** Strings of a fixed number of bytes, padded with zeros or spaces. */
function decodeFixed(bytes: Uint8Array, size: number): string[] {
  const decoder = new TextDecoder()
  return Array.from({ length: bytes.length / size }, (_, i) => {
    const field = bytes.slice(i * size, (i + 1) * size)
    const end = field.indexOf(0)
    return decoder.decode(end < 0 ? field : field.subarray(0, end)).replace(/ +$/, '')
  })
}
