/** A response of /openapi.json whose body is JSON. */
export const json = <Schema>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
})

/** A body that is bytes. */
export const binary = { schema: { type: 'string', format: 'binary' } } as const
