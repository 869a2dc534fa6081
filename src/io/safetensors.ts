/**
 * The safetensors format (huggingface/safetensors): eight bytes with the header's length (little-endian), a JSON header
 * that gives each tensor's type, shape and place, and the values, row-major and little-endian, without gaps.
 *
 * As strict as the reference implementation: a header that is too long, repeats a key, or whose tensors overlap, leave
 * gaps or reach beyond the file is refused. Bytes in, bytes out: no file access here.
 */
import { PureGalaxyError } from '../errors.ts'

/** How each type is held in memory. F16 and BF16 are held as their bits. Hosts are little-endian, as the format is. */
interface ArrayTypes {
  BOOL: Uint8Array
  U8: Uint8Array
  I8: Int8Array
  U16: Uint16Array
  I16: Int16Array
  F16: Uint16Array
  BF16: Uint16Array
  U32: Uint32Array
  I32: Int32Array
  F32: Float32Array
  F64: Float64Array
  U64: BigUint64Array
  I64: BigInt64Array
}

const ARRAYS = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  U16: Uint16Array,
  I16: Int16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  U32: Uint32Array,
  I32: Int32Array,
  F32: Float32Array,
  F64: Float64Array,
  U64: BigUint64Array,
  I64: BigInt64Array,
} as const

export type SafetensorsDType = keyof ArrayTypes

/** One tensor; `data` is row-major and of the array type that belongs to `dtype`. */
export type SafetensorsTensor = {
  [T in SafetensorsDType]: {
    readonly dtype: T
    readonly shape: readonly number[]
    readonly data: ArrayTypes[T]
  }
}[SafetensorsDType]

/** The content of a safetensors file. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>
  readonly metadata: Readonly<Record<string, string>>
}

/** The reference implementation's limit on the header. */
export const LARGEST_HEADER = 100_000_000

const METADATA = '__metadata__'
const PREFIX = 8

/** Product of the sides, or NaN where it is not an exact integer. */
function elementCount(shape: readonly number[]): number {
  const count = shape.reduce((product, side) => product * side, 1)
  return Number.isSafeInteger(count) ? count : Number.NaN
}

/**
 * Lays tensors out as a safetensors file: wider types first, so that every tensor is aligned, else in the map's order;
 * the header is padded to a multiple of eight bytes. Equal content gives equal bytes.
 *
 * @throws `io.safetensors` where a tensor's values do not fill its shape, or the name is reserved
 * @example
 * encodeSafetensors(new Map([['bias', { dtype: 'F32', shape: [2], data: new Float32Array(2) }]]), { format: '1' })
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const laid = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT)
  const entries: [string, unknown][] = [[METADATA, metadata]]
  let end = 0
  for (const [name, { dtype, shape, data }] of laid) {
    if (name === METADATA || !(data instanceof ARRAYS[dtype]) || elementCount(shape) !== data.length) {
      throw new PureGalaxyError(
        'io.safetensors',
        `Tensor ${JSON.stringify(name)} (${dtype}, shape [${shape}], ${data.length} values) cannot be written: ` +
          `its name must not be ${METADATA}, its values must be a ${ARRAYS[dtype].name} that fills the shape.`,
      )
    }
    entries.push([name, { dtype, shape, data_offsets: [end, end + data.byteLength] }])
    end += data.byteLength
  }
  // Members as text, since an object's own order puts names that look like integers first and loses `__proto__`.
  const members = entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  const json = new TextEncoder().encode(`{${members.join(',')}}`)
  const start = PREFIX + Math.ceil(json.length / PREFIX) * PREFIX
  const bytes = new Uint8Array(start + end).fill(0x20, PREFIX, start)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - PREFIX), true)
  bytes.set(json, PREFIX)
  let position = start
  for (const [, { data }] of laid) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position)
    position += data.byteLength
  }
  return bytes
}

/** The first key that an object of this (valid) JSON text gives twice, or undefined. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = []
  for (const [token, key, colon] of json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (colon) {
      const name = JSON.parse(key!) as string
      if (open.at(-1)!.has(name)) return name
      open.at(-1)!.add(name)
    }
  }
  return undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isIndexList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}

/**
 * Reads a safetensors file.
 *
 * @param bytes the whole file
 * @param name the file's name, for messages
 * @returns tensors in the order of their place in the file; values are copies, aligned
 * @throws `io.truncated` where the file ends early, `io.safetensors` for anything else that the format forbids
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): Safetensors {
  const refuse = (what: string, code = 'io.safetensors'): never => {
    throw new PureGalaxyError(code, `${name} is not a valid safetensors file: ${what}`)
  }
  if (bytes.length < PREFIX) {
    refuse(`it has ${bytes.length} bytes, fewer than the ${PREFIX} of its header's length.`, 'io.truncated')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerLength = view.getBigUint64(0, true)
  if (headerLength > LARGEST_HEADER) {
    refuse(
      `it announces a header of ${headerLength} bytes; at most ${LARGEST_HEADER} are allowed. Is it another format?`,
    )
  }
  const start = PREFIX + Number(headerLength)
  if (start > bytes.length) {
    refuse(
      `its header should end at byte ${start}, the file has ${bytes.length}. Fetch it again.`,
      'io.truncated',
    )
  }

  let json = ''
  let header: unknown
  try {
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(PREFIX, start))
    header = JSON.parse(json)
  } catch (cause) {
    throw new PureGalaxyError(
      'io.safetensors',
      `${name} is not a valid safetensors file: its header is no JSON.`,
      {
        cause,
      },
    )
  }
  if (!isObject(header) || !json.startsWith('{')) return refuse('its header is not a JSON object.')
  const repeated = repeatedKey(json)
  if (repeated !== undefined) refuse(`its header gives ${JSON.stringify(repeated)} twice.`)

  const metadata: Record<string, string> = {}
  const placed: { key: string; dtype: SafetensorsDType; shape: number[]; begin: number; end: number }[] = []
  for (const [key, value] of Object.entries(header)) {
    const label = `tensor ${JSON.stringify(key)}`
    if (!isObject(value)) return refuse(`its header's ${label} is no object.`)
    if (key === METADATA) {
      for (const [field, text] of Object.entries(value)) {
        if (typeof text !== 'string') return refuse(`the metadata ${JSON.stringify(field)} is no string.`)
        Object.defineProperty(metadata, field, { value: text, enumerable: true })
      }
      continue
    }
    const { dtype, shape, data_offsets: offsets } = value
    if (typeof dtype !== 'string' || !Object.hasOwn(ARRAYS, dtype)) {
      return refuse(
        `${label} has the type ${JSON.stringify(dtype)}; known are ${Object.keys(ARRAYS).join(', ')}.`,
      )
    }
    if (!isIndexList(shape)) return refuse(`${label} has no shape of non-negative integers.`)
    if (!isIndexList(offsets) || offsets.length !== 2) return refuse(`${label} has no pair of offsets.`)
    const type = dtype as SafetensorsDType
    const [begin, end] = offsets as [number, number]
    if (elementCount(shape) * ARRAYS[type].BYTES_PER_ELEMENT !== end - begin) {
      refuse(`${label} (${dtype}, shape [${shape}]) lies at bytes ${begin} to ${end}, which is not its size.`)
    }
    placed.push({ key, dtype: type, shape, begin, end })
  }

  placed.sort((a, b) => a.begin - b.begin || a.end - b.end)
  const tensors = new Map<string, SafetensorsTensor>()
  let expected = 0
  for (const { key, dtype, shape, begin, end } of placed) {
    const label = `tensor ${JSON.stringify(key)}`
    if (begin !== expected) {
      refuse(
        `${label} begins at byte ${begin}; the one before it ends at ${expected}, and gaps or overlaps are not allowed.`,
      )
    }
    if (start + end > bytes.length) {
      refuse(
        `${label} should end at byte ${start + end}, the file has ${bytes.length}. Fetch it again.`,
        'io.truncated',
      )
    }
    expected = end
    // Not `slice`: that of a Node Buffer shares memory, and its place there need not be aligned.
    const { buffer } = Uint8Array.from(bytes.subarray(start + begin, start + end))
    tensors.set(key, { dtype, shape, data: new ARRAYS[dtype](buffer) } as SafetensorsTensor)
  }
  if (start + expected !== bytes.length) {
    refuse(`${bytes.length - start - expected} bytes follow its last tensor.`)
  }
  return { tensors, metadata }
}
