import { z } from '@hono/zod-openapi'
import { MaxPartsExceededError, type MultipartPart } from '@remix-run/multipart-parser'
import { PureGalaxyError } from '../errors.ts'
import { type Cutout, parseCutout } from '../survey/cutout.ts'
import { formBoundary } from './form-boundary.ts'
import { FormParser } from './form-parser.ts'
import { jsonExcess } from './json-shape.ts'
import type { ApiLimits } from './limits.ts'
import { LongTexts } from './long-texts.ts'
import { PART_HEADER_BYTES, partName } from './part-name.ts'
import { itemsSchema, pictureSchema, positionSchema, validate } from './schemas.ts'

/** What was sent in the place of a picture: its bytes, what is to be fetched, or why there is neither. */
export type UploadedPicture = { readonly id: string } & (
  | { readonly bytes: Uint8Array }
  | { readonly base64: string | Uint8Array }
  | { readonly cutout: Cutout }
  | ({ readonly error: unknown } & Partial<Position>)
)

/** Degrees. */
type Position = Pick<Cutout, 'ra' | 'dec'>

export interface Upload {
  readonly pictures: readonly UploadedPicture[]
  /** Whether the body was one picture and no list, whose error is then the request's. */
  readonly single: boolean
}

/** Ways to send pictures, by media type. Others are refused. */
type UploadKind = 'picture' | 'multipart' | 'json'

const KINDS: Readonly<Record<string, UploadKind>> = {
  'image/jpeg': 'picture',
  'image/png': 'picture',
  'image/webp': 'picture',
  'application/octet-stream': 'picture',
  'multipart/form-data': 'multipart',
  'application/json': 'json',
}

/**
 * How a request sends its pictures, known before its body is read.
 *
 * @throws PureGalaxyError `api.media-type`
 */
export function uploadKind(contentType: string): UploadKind {
  const kind = KINDS[contentType.split(';')[0]!.trim().toLowerCase()]
  if (kind !== undefined) return kind
  throw new PureGalaxyError(
    'api.media-type',
    `The Content-Type must be one of ${Object.keys(KINDS).join(', ')}.`,
  )
}

type Limits = Pick<ApiLimits, 'items' | 'idLength'>

/**
 * A function that gives the pictures of a body, in order. One without an identifier is called by its position, counted from
 * 0; a part of a form by its file name.
 *
 * What it gives throws PureGalaxyError `api.json`, `api.schema`, `api.multipart`, `api.too-many-items`.
 */
export function uploadReader(
  limits: Limits,
): (kind: UploadKind, bytes: Uint8Array, contentType: string) => Upload {
  const schemas = schemasOf(limits)
  return function readUpload(kind, bytes, contentType) {
    if (kind === 'picture') return { pictures: [{ id: '0', bytes }], single: true }
    if (kind === 'json') return readJson(bytes, limits, schemas)
    return { pictures: readForm(bytes, contentType, limits), single: false }
  }
}

/** To make these takes far longer than to check a picture with them. */
const schemasOf = (limits: Limits) => {
  const list = itemsSchema(z.unknown(), limits)
  return {
    list,
    named: z.strictObject({ pictures: list }),
    position: positionSchema(limits),
    picture: pictureSchema(limits),
  }
}

type Schemas = ReturnType<typeof schemasOf>

function readJson(bytes: Uint8Array, limits: Limits, schemas: Schemas): Upload {
  // Far more than pictures take, two strings and eight tokens each, and far less than would hurt.
  const texts = new LongTexts(bytes, limits)
  const excess = jsonExcess(bytes, { depth: 32, tokens: 32 * limits.items + 100 }, texts.see)
  if (excess === 'long') throw tooMany(limits.items)
  if (excess === 'deep')
    throw new PureGalaxyError('api.schema', 'The body is nested far deeper than /openapi.json has it.')
  const body = texts.parse()
  if (!Array.isArray(body) && !has(body, 'pictures'))
    return { pictures: [readItem(body, 0, 'body', schemas, texts)], single: true }
  const sent = Array.isArray(body) ? body : body.pictures
  // Told before the schema would, as the status is another.
  if (Array.isArray(sent) && sent.length > limits.items) throw tooMany(limits.items)
  const items = Array.isArray(body)
    ? validate(schemas.list, body, 'body')
    : validate(schemas.named, body, 'body').pictures
  const pictures = items.map((item, index): UploadedPicture => {
    try {
      return readItem(item, index, `body's picture ${index}`, schemas, texts)
    } catch (error) {
      // Of that picture: the others are classified.
      return { id: idOf(item, limits) ?? String(index), ...placeOf(item), error }
    }
  })
  return { pictures, single: false }
}

/** What a picture that is none is called, if what it has for that is an identifier. */
function idOf(item: unknown, { idLength }: Limits): string | undefined {
  if (has(item, 'id') && typeof item.id === 'string' && item.id.length <= idLength) return item.id
  return undefined
}

/** Where a picture that is none was asked for, as far as that can be told. */
function placeOf(item: unknown): Partial<Position> {
  const angle = (name: keyof Position) =>
    has(item, name) && Number.isFinite(item[name]) ? { [name]: item[name] as number } : {}
  return { ...angle('ra'), ...angle('dec') }
}

/** @throws PureGalaxyError `api.schema`, `survey.cutout` */
function readItem(
  item: unknown,
  index: number,
  what: string,
  { position, picture }: Schemas,
  texts: LongTexts,
): UploadedPicture {
  if (!has(item, 'data') && (has(item, 'ra') || has(item, 'dec'))) {
    const { id = String(index), ...values } = validate(position, item, what)
    return { id, cutout: parseCutout(values) }
  }
  const { id = String(index), data } = validate(picture, item, what)
  return { id, base64: texts.resolve(data) }
}

/** Whether a JSON value is an object with a member of its own of that name. */
const has = <Name extends string>(value: unknown, name: Name): value is Readonly<Record<Name, unknown>> =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)

function readForm(bytes: Uint8Array, contentType: string, { items, idLength }: Limits): UploadedPicture[] {
  const boundary = formBoundary(contentType)
  const pictures: UploadedPicture[] = []
  try {
    const parser = new FormParser(boundary, {
      maxParts: items,
      maxHeaderSize: PART_HEADER_BYTES,
      maxFileSize: bytes.length,
      maxTotalSize: bytes.length,
    })
    for (const part of parser.write(bytes)) pictures.push(readPart(part, pictures.length, idLength))
    parser.finish()
  } catch (error) {
    if (error instanceof PureGalaxyError) throw error
    if (error instanceof MaxPartsExceededError) throw tooMany(items)
    throw new PureGalaxyError(
      'api.multipart',
      'The body is no form with that boundary, or is cut off before its end.',
      { cause: error },
    )
  }
  if (pictures.length > 0) return pictures
  throw new PureGalaxyError('api.multipart', 'The form has no part, and at least one picture is expected.')
}

function readPart(part: MultipartPart, index: number, idLength: number): UploadedPicture {
  try {
    const id = partName(part, index)
    if (id.length <= idLength) return { id, bytes: part.bytes }
    throw new PureGalaxyError(
      'api.schema',
      `The name of part ${index} is longer than ${idLength} characters.`,
    )
  } catch (error) {
    // Of that picture: the others are classified.
    return { id: String(index), error }
  }
}

export const tooMany = (items: number): PureGalaxyError =>
  new PureGalaxyError(
    'api.too-many-items',
    `A request takes at most ${items} pictures. Send the others in another.`,
  )
