import { z } from '@hono/zod-openapi'
import { CUTOUT_RANGES } from '../../../survey/cutout.ts'
import type { ApiLimits } from '../../limits.ts'
import { queryInteger } from '../../schemas.ts'
import { IDEMPOTENCY_KEY } from './idempotency-key.ts'
import { MOST_ROWS } from './job-limits.ts'

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
    started: z.iso
      .datetime()
      .nullable()
      .openapi({ description: 'When its first results were stored; it is queued until then.' }),
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
    next: z.uuid().nullable().openapi({ description: 'For ?before=, where there are older ones.' }),
  })
  .openapi('Jobs')

export const jobId = z.object({ id: z.uuid() })

export const submitQuery = z.strictObject({
  model: z
    .string()
    .optional()
    .openapi({ description: 'Name of a model as /v1/models has it; default: its first.' }),
})

export const listQuery = z.strictObject({
  limit: queryInteger(1, 200).default(50).openapi({ description: 'Jobs of a page; default: 50.' }),
  before: z.string().optional().openapi({ description: 'Id of a job of this key: only older ones.' }),
})

export const resultsQuery = z.strictObject({
  format: z
    .enum(['csv', 'ndjson'])
    .optional()
    .openapi({ description: 'In place of Accept; default ndjson.' }),
  from: queryInteger(0, MOST_ROWS)
    .default(0)
    .openapi({ description: 'First row, counted from 0, the default: to go on where a download ended.' }),
})

export const submitHeaders = z.object({
  'Idempotency-Key': z.string().regex(IDEMPOTENCY_KEY).optional().openapi({
    description:
      'Of the client, such as a UUID: sent again with the same rows it answers the same job. Quotes around it are no part of it.',
  }),
})

export const eventsHeaders = z.object({
  'Last-Event-ID': z.string().optional().openapi({
    description: 'Id of the last event that the client has; any other text is as good as none.',
  }),
})

export const acceptedHeaders = z.object({
  Location: z.string().openapi({ format: 'uri-reference', description: 'The job.' }),
})

/** What `positionItem` checks: a value that is wrong there is an error of that row, not of the job. */
const degrees = (name: 'ra' | 'dec') => {
  const { minimum, maximum } = CUTOUT_RANGES[name]
  return z.number().min(minimum).max(maximum).openapi({ description: 'Degrees.' })
}

/** A catalogue's line of NDJSON. */
export const cataloguePositionSchema = ({ idLength }: Pick<ApiLimits, 'idLength'>) =>
  z
    .looseObject({
      // NUL, and half a pair of UTF-16, would not come back as they are.
      id: z.string().min(1).max(idLength).openapi({ pattern: '^[^\\x00]*$' }),
      ra: degrees('ra'),
      dec: degrees('dec'),
      pixscale: z
        .number()
        .min(CUTOUT_RANGES.pixelScale.minimum)
        .max(CUTOUT_RANGES.pixelScale.maximum)
        .nullable()
        .optional()
        .openapi({ description: 'Arcsec per pixel.' }),
    })
    .openapi('CataloguePosition', { description: 'A line of a catalogue; other members are passed over.' })
