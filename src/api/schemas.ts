import { z } from '@hono/zod-openapi'
import { PureGalaxyError } from '../errors.ts'
import { GALAXY10_SIZE, LEGACY_PIXEL_SCALE } from '../survey/bands.ts'
import { CUTOUT_RANGES, LAYER_NAME } from '../survey/cutout.ts'
import type { ApiLimits } from './limits.ts'

/** A whole number in a query, where it is text. */
export const queryInteger = (minimum: number, maximum: number) =>
  z
    .string()
    .refine(
      (text) => /^\d{1,15}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum,
      `expected a whole number from ${minimum} to ${maximum}`,
    )
    .transform(Number)
    .openapi({ type: 'integer', minimum, maximum })

/** A number as people and catalogues write it; NaN for what else `Number` takes, such as 0x10. */
const decimalNumber = (text: string): number =>
  /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN

/** Query of a classification. */
export const classifyQuery = z.strictObject({
  model: z
    .string()
    .optional()
    .openapi({ description: 'Name of a model as /v1/models has it; default: its first.' }),
  top: queryInteger(1, 1000).optional().openapi({
    description: 'Answer only so many classes, the most probable first, in place of the columns p_….',
  }),
})

const identifier = ({ idLength }: Pick<ApiLimits, 'idLength'>) => z.string().max(idLength).optional()

/** A picture in JSON. */
export const pictureSchema = (limits: Pick<ApiLimits, 'idLength'>) =>
  z
    .strictObject({
      id: identifier(limits),
      data: z.string().openapi({ format: 'byte', description: 'JPEG, PNG or WebP file in base64.' }),
    })
    .openapi('Picture')

/** What `parseCutout` checks: a value that is wrong there is an error of that picture, not of the request. */
const cutoutNumber = (name: keyof typeof CUTOUT_RANGES, description: string) => {
  const { minimum, maximum } = CUTOUT_RANGES[name]
  const type = name === 'size' ? 'integer' : 'number'
  return z.unknown().optional().openapi({ type, minimum, maximum, description })
}

/** The same in a query, where numbers are text. */
const cutoutText = (name: keyof typeof CUTOUT_RANGES, description: string) => {
  const { minimum, maximum } = CUTOUT_RANGES[name]
  const type = name === 'size' ? 'integer' : 'number'
  const required = name === 'ra' || name === 'dec'
  return z
    .string()
    .optional()
    .transform((text) => (text === undefined ? undefined : decimalNumber(text)))
    .openapi({ type, minimum, maximum, description, param: { required } })
}

/** Query of a cut-out. */
export const cutoutQuery = z.strictObject({
  ra: cutoutText('ra', 'Right ascension in degrees.'),
  dec: cutoutText('dec', 'Declination in degrees.'),
  pixelScale: cutoutText('pixelScale', `Arcsec per pixel; default: ${LEGACY_PIXEL_SCALE}.`),
  size: cutoutText('size', `Pixels a side; default: ${GALAXY10_SIZE}.`),
  layer: z.string().optional().openapi({ pattern: LAYER_NAME.source, description: 'Default: the first.' }),
})

/** A place in the sky, whose picture the server fetches. */
export const positionSchema = (limits: Pick<ApiLimits, 'idLength'>) =>
  z
    .strictObject({
      id: identifier(limits),
      ra: cutoutNumber('ra', 'Right ascension in degrees.'),
      dec: cutoutNumber('dec', 'Declination in degrees.'),
      pixelScale: cutoutNumber('pixelScale', `Arcsec per pixel; default: ${LEGACY_PIXEL_SCALE}.`),
      size: cutoutNumber('size', `Pixels a side; default: ${GALAXY10_SIZE}.`),
      layer: z.unknown().optional().openapi({
        type: 'string',
        pattern: LAYER_NAME.source,
        description: 'Imaging, of those that the server allows; default: its first.',
      }),
    })
    .openapi('Position', {
      required: ['ra', 'dec'],
      description: 'Answered with 501 by a server that fetches no cut-outs.',
    })

/** The items of a JSON body, not looked at yet. How many there may be is in the server's limits. */
export const itemsSchema = <Item extends z.ZodType>(item: Item, { items }: Pick<ApiLimits, 'items'>) =>
  z.array(item).min(1).max(items)

/** A JSON body: one picture or position, a list of them, or such a list by name. */
export const bodySchema = (limits: Pick<ApiLimits, 'items' | 'idLength'>) => {
  const item = z.union([pictureSchema(limits), positionSchema(limits)])
  const items = itemsSchema(item, limits)
  return z.union([z.strictObject({ pictures: items }).openapi('Pictures'), items, item])
}

const probability = z.number().min(0).max(1)

/** A row, its columns in the order of catalogues; p_… or, with `?top=`, `top` comes between dec and class. */
export const predictionSchema = z
  .object({
    id: z.string(),
    ra: z.number().nullable().openapi({ description: 'Degrees; null for what was sent as a picture.' }),
    dec: z.number().nullable(),
    top: z
      .array(z.object({ class: z.string(), probability }))
      .nullable()
      .optional(),
    class: z.string().nullable().openapi({ description: 'Slug of the most probable class.' }),
    confidence: probability.nullable(),
    entropy: z.number().min(0).nullable().openapi({ description: '−Σ p ln p, in nats.' }),
    set: z.string().nullable().openapi({ description: 'Conformal set; null until a model is calibrated.' }),
    error: z.string().nullable().openapi({ description: 'Why there are no probabilities.' }),
    model: z.string(),
    model_version: z.string(),
  })
  .catchall(probability.nullable())
  .openapi('Prediction', { description: 'The columns p_<class> hold the probabilities, one for each class.' })

export const predictionsSchema = z.object({ predictions: z.array(predictionSchema) }).openapi('Predictions')

const cardSchema = z
  .object({
    architecture: z.string(),
    parameters: z.number().int(),
    trainingPictures: z.number().int().nullable(),
    validation: z
      .object({ count: z.number().int(), accuracy: probability })
      .nullable()
      .openapi({ description: 'On pictures with an exact label by which its epoch was chosen.' }),
    calibrated: z.boolean().openapi({ description: 'Whether a temperature was fitted.' }),
    tests: z
      .array(
        z.object({
          pictures: z.string(),
          count: z.number().int(),
          accuracy: probability,
          interval: z.array(probability).length(2).openapi({ description: '95 %, low and high.' }),
        }),
      )
      .openapi({ description: 'On pictures that nothing was chosen by.' }),
    limits: z.array(z.string()).openapi({ description: 'What it must not be trusted with, in sentences.' }),
  })
  .openapi('ModelCard')

export const modelSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    engine: z.string(),
    inputSize: z.array(z.number().int()).length(3).openapi({ description: '[height, width, channels]' }),
    classes: z
      .array(z.object({ slug: z.string(), name: z.string() }))
      .openapi({ description: 'In the order of the columns p_<slug>.' }),
    card: cardSchema.optional(),
  })
  .openapi('Model')

export const modelsSchema = z
  .object({
    models: z.array(modelSchema),
    positions: z.boolean().openapi({ description: 'Whether positions are taken in the place of pictures.' }),
  })
  .openapi('Models')

export const modelName = z.object({ name: z.string() })

export const healthSchema = z
  .object({
    status: z.enum(['live', 'ready', 'starting', 'stopping', 'broken']),
    reason: z.string().optional().openapi({ description: 'What is broken.' }),
  })
  .openapi('Health')

export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().openapi({ description: 'Stable; tells errors of one status apart.' }),
    requestId: z.string().optional(),
  })
  .openapi('Problem')

/** @throws PureGalaxyError `api.schema` that names what is wrong and where, never what was sent */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const named = result.error.issues.slice(0, 3).map(({ path, message, code, ...rest }) => {
    const place = path.map(String).join('.')
    // zod quotes unknown keys, which are the client's and may be of any length.
    const text = code === 'unrecognized_keys' ? unknownKeys((rest as { keys: string[] }).keys) : message
    return place === '' ? text : `${place}: ${text}`
  })
  throw new PureGalaxyError('api.schema', `The ${what} is not as /openapi.json has it: ${named.join('; ')}.`)
}

/**
 * The query of an address.
 *
 * @throws PureGalaxyError `api.schema`, also where a name is there twice: which of both is meant nobody can know
 */
export function validateQuery<Schema extends z.ZodObject>(schema: Schema, url: string): z.output<Schema> {
  const parameters = new URL(url).searchParams
  const query = validate(schema, Object.fromEntries(parameters), 'query')
  const twice = Object.keys(query).find((name) => parameters.getAll(name).length > 1)
  if (twice === undefined) return query
  throw new PureGalaxyError(
    'api.schema',
    `The query is not as /openapi.json has it: ${twice} is there more than once.`,
  )
}

const unknownKeys = (keys: readonly string[]): string =>
  keys.every((key) => /^\w{1,40}$/.test(key)) && keys.length <= 5
    ? `there is no ${keys.join(', ')}`
    : 'there are names that are not known'
