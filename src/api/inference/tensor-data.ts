import { PureGalaxyError } from '../../errors.ts'

/**
 * The bytes of a UINT8 tensor in JSON, whose numbers stand in one list row by row, or in lists nested as the shape is.
 *
 * @param shape whole numbers above 0
 * @param most bytes that the JSON could hold: a shape that claims more is refused before memory is taken for it
 * @throws PureGalaxyError `api.tensor`
 * @example readNumbers([[1, 2, 3], [4, 5, 6]], [2, 3], 100) // Uint8Array of 1 to 6
 */
export function readNumbers(data: unknown, shape: readonly number[], most: number): Uint8Array<ArrayBuffer> {
  const size = shape.reduce((product, side) => product * side, 1)
  if (size > most) throw otherShape(shape)
  const bytes = new Uint8Array(size)
  const nested = Array.isArray(data) && Array.isArray(data[0])
  fill(bytes, 0, data, nested ? shape : [size], 0, shape)
  return bytes
}

/** Copies the values of one level, and gives where the next begins. */
function fill(
  bytes: Uint8Array,
  start: number,
  values: unknown,
  lengths: readonly number[],
  level: number,
  shape: readonly number[],
): number {
  if (!Array.isArray(values) || values.length !== lengths[level]) throw otherShape(shape)
  let at = start
  for (const value of values) {
    if (level < lengths.length - 1) at = fill(bytes, at, value, lengths, level + 1, shape)
    else {
      if (!(Number.isInteger(value) && value >= 0 && value <= 255))
        throw new PureGalaxyError(
          'api.tensor',
          'data holds something else than whole numbers from 0 to 255, which UINT8 is.',
        )
      bytes[at++] = value
    }
  }
  return at
}

/** @throws PureGalaxyError `api.tensor` where binary data of UINT8 is shorter or longer than its shape */
export function checkSize(binary: Uint8Array, shape: readonly number[]): void {
  if (binary.length !== shape.reduce((product, side) => product * side, 1)) throw otherShape(shape)
}

const otherShape = (shape: readonly number[]): PureGalaxyError =>
  new PureGalaxyError(
    'api.tensor',
    `The data is not as long, or not nested, as its shape [${shape.join(', ')}] says.`,
  )

/**
 * The elements of a BYTES tensor in binary data, parts of the same memory: each has its length before it, 4 bytes, the least
 * significant first.
 *
 * @throws PureGalaxyError `api.tensor` where they are not `count`, or end elsewhere than the data does
 */
export function readElements(binary: Uint8Array, count: number): Uint8Array[] {
  const view = new DataView(binary.buffer, binary.byteOffset, binary.byteLength)
  const elements: Uint8Array[] = []
  let at = 0
  while (at + 4 <= binary.length && elements.length < count) {
    const end = at + 4 + view.getUint32(at, true)
    if (end > binary.length) break
    elements.push(binary.subarray(at + 4, end))
    at = end
  }
  if (elements.length === count && at === binary.length) return elements
  throw new PureGalaxyError(
    'api.tensor',
    `The binary data is not ${count} elements, each a length of 4 bytes and so many bytes.`,
  )
}
