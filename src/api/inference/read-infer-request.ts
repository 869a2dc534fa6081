import type { z } from '@hono/zod-openapi'
import { PureGalaxyError } from '../../errors.ts'
import type { SentPicture } from '../classify-upload.ts'
import { jsonExcess } from '../json-shape.ts'
import type { ApiLimits } from '../limits.ts'
import { LongTexts } from '../long-texts.ts'
import { tooMany } from '../read-upload.ts'
import { validate } from '../schemas.ts'
import { INPUT, inferRequestSchema, OUTPUTS } from './inference-schemas.ts'
import { splitBody } from './split-body.ts'
import { checkSize, readElements, readNumbers } from './tensor-data.ts'

/** What a request for inference asks. */
export interface InferRequest {
  readonly id?: string
  readonly pictures: readonly SentPicture[]
  readonly outputs: readonly WantedOutput[]
}

/** An output that is wanted, as binary data or in the JSON. */
export interface WantedOutput {
  readonly name: (typeof OUTPUTS)[number]
  readonly binary: boolean
}

type Limits = Pick<ApiLimits, 'items' | 'idLength' | 'pixels'>
type Input = z.output<ReturnType<typeof inferRequestSchema>>['inputs'][number]

/** Numbers, brackets and strings of a JSON: a parser makes objects of them, and nobody else is answered meanwhile. */
const JSON_TOKENS = 2 ** 20

/**
 * Reads the body of a request for inference.
 *
 * @param headerLength the header Inference-Header-Content-Length, null where there is none
 * @throws PureGalaxyError `api.json`, `api.schema`, `api.tensor`, `api.too-large`, `api.too-many-items`
 */
export function readInferRequest(
  body: Uint8Array,
  headerLength: string | null,
  limits: Limits,
): InferRequest {
  const { json, binary } = splitBody(body, headerLength)
  const texts = new LongTexts(json, limits)
  const excess = jsonExcess(json, { depth: 32, tokens: JSON_TOKENS }, texts.see)
  if (excess === 'long')
    throw new PureGalaxyError(
      'api.too-large',
      `The JSON has more than ${JSON_TOKENS} numbers and brackets. Send the tensor as binary data.`,
    )
  if (excess === 'deep')
    throw new PureGalaxyError('api.schema', 'The JSON is nested far deeper than /openapi.json has it.')
  const sent = validate(inferRequestSchema(limits), texts.parse(), 'JSON')
  const wanted = sent.outputs?.length
    ? sent.outputs
    : OUTPUTS.map((name) => ({ name, parameters: undefined }))
  if (new Set(wanted.map(({ name }) => name)).size < wanted.length)
    throw new PureGalaxyError('api.schema', 'An output is asked for twice.')
  return {
    ...(sent.id === undefined ? {} : { id: sent.id }),
    pictures: readPictures(sent.inputs[0]!, binary, texts, limits),
    outputs: wanted.map(({ name, parameters }) => ({
      name,
      binary: parameters?.binary_data ?? sent.parameters?.binary_data_output ?? false,
    })),
  }
}

function readPictures(
  input: Input,
  binary: Uint8Array,
  texts: LongTexts,
  limits: Limits,
): readonly SentPicture[] {
  const { datatype, shape, data } = input
  const inBinary = isInBinary(input, binary)
  checkShape(input, limits)
  const [count, height, width] = shape as [number, number, number]
  if (datatype === 'BYTES') {
    if (inBinary) return readElements(binary, count).map((bytes, at) => ({ id: String(at), bytes }))
    return readStrings(data, count).map((text, at) => ({ id: String(at), base64: texts.resolve(text) }))
  }
  if (inBinary) checkSize(binary, shape)
  const pixels = inBinary ? binary : readNumbers(data, shape, texts.length)
  const size = height * width * 3
  return Array.from({ length: count }, (_, at) => ({
    id: String(at),
    pixels: pixels.subarray(at * size, (at + 1) * size),
    height,
    width,
  }))
}

/** Whether the tensor is in the binary data; it must be there or in the JSON, and nothing else may be. */
function isInBinary({ parameters, data }: Input, binary: Uint8Array): boolean {
  const size = parameters?.binary_data_size
  if ((size === undefined) === (data === undefined))
    throw new PureGalaxyError(
      'api.tensor',
      `${INPUT} must have either data or the parameter binary_data_size.`,
    )
  if (binary.length === (size ?? 0)) return size !== undefined
  throw new PureGalaxyError(
    'api.tensor',
    `${binary.length} bytes follow the JSON, and ${INPUT} has ${size ?? 0} there by its binary_data_size.`,
  )
}

function checkShape({ datatype, shape }: Input, { items, pixels }: Limits): void {
  const fits = datatype === 'BYTES' ? shape.length === 1 : shape.length === 4 && shape[3] === 3
  if (!fits)
    throw new PureGalaxyError(
      'api.tensor',
      `${INPUT} has the shape [${shape.join(', ')}]; expected [n, height, width, 3] of UINT8, or [n] of BYTES.`,
    )
  const [count, height = 1, width = 1] = shape
  if (count! > items) throw tooMany(items)
  if (height * width > pixels)
    throw new PureGalaxyError(
      'api.too-large',
      `A picture of ${height}×${width} pixels is more than the limit of ${pixels}. Cut the object out, or reduce the picture.`,
    )
}

function readStrings(data: unknown, count: number): string[] {
  if (
    Array.isArray(data) &&
    data.length === count &&
    data.every((each): each is string => typeof each === 'string')
  )
    return data
  throw new PureGalaxyError(
    'api.tensor',
    `data of BYTES must be a list of as many strings as the shape says, ${count}: files in base64.`,
  )
}
