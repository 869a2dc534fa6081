import koffi from 'koffi'
import { PureGalaxyError } from '../../errors.ts'

/** Address in the memory of this process; 0n is null. */
export type Pointer = bigint

// Values of <dlfcn.h>. NODELETE keeps a plugin mapped to the end: its threads outlive whoever would unload it.
const RTLD_NOW = 0x2
const RTLD_GLOBAL = process.platform === 'darwin' ? 0x8 : 0x100
const RTLD_NODELETE = process.platform === 'darwin' ? 0x80 : 0x1000

/**
 * koffi's calls run on stacks of its own, of 128 KiB on other threads. Compilers of a plugin recurse deeper than that: on
 * XLA's CUDA plugin the autotuner of matrix products wrote beyond the end. Pages count only once they are touched.
 */
const STACK_BYTES = 2 ** 24

/** @throws PureGalaxyError `pjrt.koffi` where another package has called through koffi already: then it is too late */
function deepStacks(): void {
  const sizes = { sync_stack_size: STACK_BYTES, async_stack_size: STACK_BYTES }
  if (koffi.config().async_stack_size === STACK_BYTES) return
  try {
    koffi.config({ ...koffi.config(), ...sizes })
  } catch (error) {
    throw new PureGalaxyError(
      'pjrt.koffi',
      'Another package of this process called through koffi before engine xla could set the size of its stacks: open ' +
        'the engine first, or compute in a worker thread or process of its own.',
      { cause: error },
    )
  }
}

interface DynamicLoader {
  readonly dlopen: (path: string, flags: number) => Pointer | null
  readonly dlsym: (library: Pointer, name: string) => Pointer | null
  readonly dlerror: () => string | null
}

let loader: DynamicLoader | undefined

/** The C library's own loader: koffi would unload a library when it ends, and crash with it. */
function dynamicLoader(): DynamicLoader {
  if (process.platform === 'win32') {
    throw new PureGalaxyError('pjrt.platform', 'PJRT plugins exist for Linux and macOS, not for Windows.')
  }
  if (!loader) {
    deepStacks()
    const own = koffi.load(null)
    loader = {
      dlopen: own.func('dlopen', 'void *', ['str', 'int']),
      dlsym: own.func('dlsym', 'void *', ['void *', 'str']),
      dlerror: own.func('dlerror', 'str', []),
    }
  }
  return loader
}

/**
 * Loads a shared library for the rest of the process.
 *
 * @param shared whether libraries that are loaded later find its symbols
 * @throws PureGalaxyError `pjrt.library`, with the loader's reason
 */
export function openLibrary(path: string, shared: boolean): Pointer {
  const { dlopen, dlerror } = dynamicLoader()
  const library = dlopen(path, RTLD_NOW | RTLD_NODELETE | (shared ? RTLD_GLOBAL : 0))
  if (library) return library
  // The reason begins with the path, on Linux.
  const reason = (dlerror() ?? 'no reason given').replace(`${path}: `, '')
  throw new PureGalaxyError('pjrt.library', `${path} does not load as a shared library: ${reason}.`)
}

/** Address of a library's function, or null. */
export const findSymbol = (library: Pointer, name: string): Pointer | null =>
  dynamicLoader().dlsym(library, name)

/** A C function that takes one pointer (to its arguments) and returns one (an error, or null). */
export interface NativeFunction {
  (argument: Uint8Array): Pointer | null
  /** On a thread of libuv's pool. */
  async(argument: Uint8Array, done: (error: Error | null, result: Pointer | null) => void): void
}

const prototypes = {
  unary: koffi.proto('void *(void *argument)'),
  nullary: koffi.proto('void *()'),
  deleter: koffi.proto('void (void *argument)'),
}

export const nativeFunction = (pointer: Pointer): NativeFunction => koffi.decode(pointer, prototypes.unary)

export const callWithoutArguments = (pointer: Pointer): Pointer | null =>
  koffi.call(pointer, prototypes.nullary)

/** Calls `void (*)(void *)`. */
export const callDeleter = (pointer: Pointer, argument: Pointer): void =>
  koffi.call(pointer, prototypes.deleter, argument)

/** Address of a typed array's first byte; valid while the array is referenced. */
export const addressOf = (memory: ArrayBufferView): Pointer => koffi.address(memory)

/** Copies `length` bytes from an address. */
export function copyBytes(pointer: Pointer, length: number): Uint8Array<ArrayBuffer> {
  return length === 0 ? new Uint8Array(0) : new Uint8Array(koffi.view(pointer, length)).slice()
}

/** UTF-8 text of `length` bytes at an address. */
export const copyText = (pointer: Pointer, length: number): string =>
  length === 0 ? '' : koffi.decode.string(pointer, length)

/** `length` numbers of 64 bits at an address. */
export function copyWords(pointer: Pointer, length: number): bigint[] {
  return Array.from({ length }, (_, at) => BigInt(koffi.decode.uint64(pointer + BigInt(8 * at))))
}

export const copyInteger = (pointer: Pointer): number => koffi.decode.int32(pointer)
