import { z } from '@hono/zod-openapi'

export const jobSchema = z
  .object({
    id: z.uuid(),
    state: z.enum(['queued', 'running', 'stalled', 'done', 'cancelled']).openapi({
      description: 'done and cancelled are final; a stalled job waits for what this server lacks now.',
    }),
    detail: z.string().nullable().openapi({ description: 'Why it is not worked on at the moment.' }),
    source: z.enum(['catalogue', 'pictures']),
    model: z.string(),
    modelVersion: z.string(),
    rows: z.number().int().openapi({ description: 'In all.' }),
    done: z.number().int().openapi({ description: 'That have a result.' }),
    refused: z.number().int().openapi({ description: 'Whose result is an error.' }),
    rowsPerSecond: z.number().nullable().openapi({ description: 'Of late.' }),
    secondsLeft: z.number().int().nullable(),
    created: z.iso.datetime(),
    started: z.iso.datetime().nullable(),
    finished: z.iso.datetime().nullable(),
    expires: z.iso
      .datetime()
      .nullable()
      .openapi({ description: 'When it is removed, once its state is final.' }),
  })
  .openapi('Job')

/** A job as clients see it. */
export type JobView = z.output<typeof jobSchema>

export const jobsSchema = z
  .object({
    jobs: z.array(jobSchema).openapi({ description: 'The newest first.' }),
    next: z.string().nullable().openapi({ description: 'For ?before=, where there are older ones.' }),
  })
  .openapi('Jobs')

export const jobId = z.object({ id: z.string() })

export const submitQuery = z.strictObject({
  model: z
    .string()
    .optional()
    .openapi({ description: 'Name of a model as /v1/models has it; default: its first.' }),
})

export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z.string().optional().openapi({ description: 'Id of a job: only older ones.' }),
})

export const resultsQuery = z.strictObject({
  format: z
    .enum(['csv', 'ndjson'])
    .optional()
    .openapi({ description: 'In place of Accept; default ndjson.' }),
  from: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .openapi({ description: 'First row, counted from 0: to go on where a download ended.' }),
})

/** A catalogue's line of NDJSON. */
export const cataloguePositionSchema = z
  .looseObject({
    id: z.string(),
    ra: z.number().openapi({ description: 'Degrees, 0 to 360.' }),
    dec: z.number().openapi({ description: 'Degrees, −90 to 90.' }),
    pixscale: z.number().optional().openapi({ description: 'Arcsec per pixel.' }),
  })
  .openapi('CataloguePosition')
