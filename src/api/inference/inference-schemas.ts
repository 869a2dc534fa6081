import { z } from '@hono/zod-openapi'
import type { ApiLimits } from '../limits.ts'

/** The input of every model: pixels, or files. */
export const INPUT = 'pictures'

/** The outputs of every model, in the order of an answer that was asked for all. */
export const OUTPUTS = ['probabilities', 'class'] as const

/** Parameters that would say that data lies elsewhere, or wish it of another shape. Others that are not known are not looked at. */
const refused = (why: string) =>
  z
    .null({ error: why })
    .optional()
    .openapi({ description: `Refused: ${why}.` })

const sharedMemory = refused('there is no shared memory with this server')

const inputSchema = z
  .object({
    name: z.literal(INPUT),
    datatype: z.enum(['UINT8', 'BYTES']),
    shape: z
      .array(z.int().min(1))
      .min(1)
      .max(4)
      .openapi({ description: '[n, height, width, 3] for UINT8, [n] for BYTES.' }),
    parameters: z
      .object({
        binary_data_size: z
          .int()
          .min(0)
          .optional()
          .openapi({ description: 'Bytes of the tensor after the JSON, in the place of data.' }),
        shared_memory_region: sharedMemory,
      })
      .optional(),
    data: z.unknown().optional().openapi({
      type: 'array',
      items: {},
      description:
        'Numbers from 0 to 255, row by row or nested as the shape is; for BYTES files in base64, as many as the shape has.',
    }),
  })
  .openapi('InferInput')

const outputSchema = z
  .object({
    name: z.enum(OUTPUTS),
    parameters: z
      .object({
        binary_data: z.boolean().optional(),
        classification: refused('classes are not sorted here; ask for the output class'),
        shared_memory_region: sharedMemory,
      })
      .optional(),
  })
  .openapi('InferOutput')

/** The JSON of a request for inference. */
export const inferRequestSchema = ({ idLength }: Pick<ApiLimits, 'idLength'>) =>
  z
    .object({
      id: z.string().max(idLength).optional().openapi({ description: 'Comes back in the answer.' }),
      parameters: z
        .object({
          binary_data_output: z
            .boolean()
            .optional()
            .openapi({ description: 'Outputs as binary data, where they do not say otherwise.' }),
        })
        .optional(),
      inputs: z.array(inputSchema).min(1).max(1),
      outputs: z
        .array(outputSchema)
        .max(OUTPUTS.length)
        .optional()
        .openapi({ description: 'Those wanted; all where it is left out or empty.' }),
    })
    .openapi('InferRequest')

const tensorSchema = z
  .object({
    name: z.string(),
    datatype: z.string(),
    shape: z.array(z.number().int()).openapi({ description: '-1 for what may vary.' }),
  })
  .openapi('TensorMetadata')

export const inferResponseSchema = z
  .object({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string().optional(),
    outputs: z.array(
      z.object({
        name: z.enum(OUTPUTS),
        datatype: z.enum(['FP32', 'BYTES']),
        shape: z.array(z.number().int()),
        parameters: z.object({ binary_data_size: z.number().int() }).optional(),
        data: z.array(z.union([z.number(), z.string()])).optional(),
      }),
    ),
  })
  .openapi('InferResponse')

export const serverMetadataSchema = z
  .object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .openapi('ServerMetadata')

export const modelMetadataSchema = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(tensorSchema),
    outputs: z.array(tensorSchema),
  })
  .openapi('ModelMetadata')

export const serverLiveSchema = z.object({ live: z.boolean() }).openapi('ServerLive')
export const serverReadySchema = z.object({ ready: z.boolean() }).openapi('ServerReady')
export const modelReadySchema = z.object({ name: z.string(), ready: z.boolean() }).openapi('ModelReady')

export const inferenceErrorSchema = z.object({ error: z.string() }).openapi('InferenceError')
