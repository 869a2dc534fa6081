import { PureGalaxyError } from '../../errors.ts'
import {
  copyInteger,
  copyText,
  copyWords,
  type NativeFunction,
  nativeFunction,
  type Pointer,
} from './native.ts'
import { ARGUMENTS, type FieldValue, FUNCTIONS, readField, writeStructure } from './structures.ts'
import { Turns } from './turns.ts'

type FunctionName = keyof typeof ARGUMENTS
type FieldOf<F extends FunctionName> = (typeof ARGUMENTS)[F][number]
type Given<F extends FunctionName> = Readonly<Partial<Record<FieldOf<F>, FieldValue>>>

/** Reads what a function wrote into its arguments. */
export interface Reply<F extends FunctionName> {
  pointer(field: FieldOf<F>): Pointer
  number(field: FieldOf<F>): number
  text(field: FieldOf<F>, size: FieldOf<F>): string
}

/** PJRT_Api: struct_size, extension_start, PJRT_Api_Version, then one pointer per function. */
const OFFSET = { major: 32, minor: 36, functions: 40 } as const

/** Older ones order their functions differently. */
const LOWEST_VERSION = { major: 0, minor: 57 } as const

/** Calls on other threads that koffi holds at a time: each has memory of its own, and it refuses to hold many. */
const CALLS_AT_ONCE = 32

/** PJRT_Error_Code, which are absl's status codes. */
const STATUS = [
  ...['ok', 'cancelled', 'unknown', 'invalid-argument', 'deadline-exceeded', 'not-found', 'already-exists'],
  ...['permission-denied', 'resource-exhausted', 'failed-precondition', 'aborted', 'out-of-range'],
  ...['unimplemented', 'internal', 'unavailable', 'data-loss', 'unauthenticated'],
]

/** The functions of one plugin. A call that fails throws `pjrt.<status>` with PJRT's message; its error is freed. */
export class PjrtApi {
  readonly version: readonly [major: number, minor: number]
  readonly #path: string
  readonly #functions = new Map<string, NativeFunction>()
  /**
   * Memory that calls point to by address: nobody else may hold it, and what nobody holds, the garbage collector takes,
   * on this thread too, between writing an address and the call.
   */
  readonly #inUse = new Set<unknown>()
  readonly #turns = new Turns(CALLS_AT_ONCE)

  /**
   * @param pointer what `GetPjrtApi()` returned
   * @param path of the plugin, for messages
   * @throws PureGalaxyError `pjrt.version` when this binding cannot speak to the plugin's version; `pjrt.plugin` when its
   *   table ends too early
   */
  constructor(pointer: Pointer, path: string) {
    const at = (offset: number) => pointer + BigInt(offset)
    const [major, minor] = [copyInteger(at(OFFSET.major)), copyInteger(at(OFFSET.minor))]
    this.version = [major, minor]
    this.#path = path
    const [size] = copyWords(pointer, 1) as [bigint]
    if (major !== LOWEST_VERSION.major || minor < LOWEST_VERSION.minor) {
      throw new PureGalaxyError(
        'pjrt.version',
        `${path} speaks version ${major}.${minor} of PJRT's interface; this version of puregalaxy speaks ` +
          `${LOWEST_VERSION.major}.${LOWEST_VERSION.minor} and later ${LOWEST_VERSION.major}.x: take a ` +
          `${major > LOWEST_VERSION.major ? 'newer puregalaxy' : 'newer plugin'}.`,
      )
    }
    if (size < OFFSET.functions + 8 * FUNCTIONS.length) {
      throw new PureGalaxyError(
        'pjrt.plugin',
        `${path} says that it speaks version ${major}.${minor} of PJRT's interface, but has fewer functions than that: it is ` +
          'no whole plugin.',
      )
    }
    const pointers = copyWords(at(OFFSET.functions), FUNCTIONS.length)
    FUNCTIONS.forEach((name, position) => {
      const address = pointers[position]!
      if (Object.hasOwn(ARGUMENTS, name) && address !== 0n) this.#functions.set(name, nativeFunction(address))
    })
  }

  /**
   * Calls on this thread: for what returns at once.
   * @param reachable memory that `given` points to by address
   */
  call<F extends FunctionName>(name: F, given: Given<F>, ...reachable: readonly unknown[]): Reply<F> {
    const memory = this.#arguments(name, given)
    const inUse = [memory, given, reachable]
    this.#inUse.add(inUse)
    try {
      this.#throwError(name, this.#function(name)(memory))
      return reply(name, memory)
    } finally {
      this.#inUse.delete(inUse)
    }
  }

  /**
   * Calls on another thread: for what computes, copies or waits.
   * @param reachable memory that `given` points to by address
   */
  async callAsync<F extends FunctionName>(
    name: F,
    given: Given<F>,
    ...reachable: readonly unknown[]
  ): Promise<Reply<F>> {
    const memory = this.#arguments(name, given)
    const inUse = [memory, given, reachable]
    this.#inUse.add(inUse)
    const ended = await this.#turns.take()
    try {
      const error = await new Promise<Pointer | null>((resolve, reject) => {
        this.#function(name).async(memory, (failure, result) => (failure ? reject(failure) : resolve(result)))
      })
      this.#throwError(name, error)
      return reply(name, memory)
    } finally {
      ended()
      this.#inUse.delete(inUse)
    }
  }

  #arguments<F extends FunctionName>(name: F, given: Given<F>): Uint8Array {
    return writeStructure<string>(ARGUMENTS[name], given)
  }

  #function(name: FunctionName): NativeFunction {
    const found = this.#functions.get(name)
    if (!found) throw new PureGalaxyError('pjrt.unimplemented', `${this.#path} has no function PJRT_${name}.`)
    return found
  }

  #throwError(name: FunctionName, error: Pointer | null): void {
    if (!error) return
    const described = this.#arguments('Error_Message', { error })
    this.#function('Error_Message')(described)
    const message = reply('Error_Message', described).text('message', 'message_size')
    const coded = this.#arguments('Error_GetCode', { error })
    this.#function('Error_GetCode')(coded)
    const status = STATUS[reply('Error_GetCode', coded).number('code')] ?? 'unknown'
    this.#function('Error_Destroy')(this.#arguments('Error_Destroy', { error }))
    throw new PureGalaxyError(`pjrt.${status}`, `PJRT_${name}: ${message}`)
  }
}

function reply<F extends FunctionName>(name: F, memory: Uint8Array): Reply<F> {
  const pointer = (field: FieldOf<F>) => readField<string>(memory, ARGUMENTS[name], field)
  return {
    pointer,
    number: (field) => Number(pointer(field)),
    text: (field, size) => copyText(pointer(field), Number(pointer(size))),
  }
}
