import { z } from '@hono/zod-openapi'
import { PureGalaxyError } from '../errors.ts'

/** Query of a classification. */
export const classifyQuery = z.strictObject({
  model: z
    .string()
    .optional()
    .openapi({ description: 'Name of a model as /v1/models has it; default: its first.' }),
  top: z.coerce.number().int().min(1).max(1000).optional().openapi({
    description: 'Answer only so many classes, the most probable first, in place of the columns p_….',
  }),
})

/** A JSON body. How many pictures and how long an identifier may be is in the server's limits. */
export const picturesSchema = (limits: { readonly items: number; readonly idLength: number }) =>
  z
    .strictObject({
      pictures: z
        .array(
          z.strictObject({
            id: z.string().max(limits.idLength).optional(),
            data: z.string().openapi({ description: 'JPEG, PNG or WebP file in base64.' }),
          }),
        )
        .min(1)
        .max(limits.items),
    })
    .openapi('Pictures')

const probability = z.number().min(0).max(1)

/** A row, its columns in the order of catalogues; p_… or, with `?top=`, `top` comes between dec and class. */
export const predictionSchema = z
  .object({
    id: z.string(),
    ra: z.number().nullable().openapi({ description: 'Degrees; null, as pictures have no position.' }),
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

export const modelSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    engine: z.string(),
    inputSize: z.array(z.number().int()).length(3).openapi({ description: '[height, width, channels]' }),
    classes: z
      .array(z.object({ slug: z.string(), name: z.string() }))
      .openapi({ description: 'In the order of the columns p_<slug>.' }),
  })
  .openapi('Model')

export const modelsSchema = z.object({ models: z.array(modelSchema) }).openapi('Models')

export const modelName = z.object({ name: z.string() })

export const healthSchema = z
  .object({ status: z.enum(['live', 'ready', 'starting', 'stopping']) })
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

const unknownKeys = (keys: readonly string[]): string =>
  keys.every((key) => /^\w{1,40}$/.test(key)) && keys.length <= 5
    ? `there is no ${keys.join(', ')}`
    : 'there are names that are not known'
