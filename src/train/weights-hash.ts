import { createHash } from 'node:crypto'
import type { ModelContent } from '../model/model-file.ts'

/** SHA-256 of a model's parameters and statistics, hexadecimal: what tells weights apart, whatever file they come from. */
export function weightsHash({
  parameters,
  statistics,
}: Pick<ModelContent, 'parameters' | 'statistics'>): string {
  const hash = createHash('sha256')
  for (const { data } of [...parameters, ...statistics])
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return hash.digest('hex')
}

/** SHA-256 of all that a model's answers depend on: weights, configuration, normalisation and temperature. */
export function modelFingerprint(content: ModelContent): string {
  const { config, metadata } = content
  const { normalisation, temperature } = metadata
  return createHash('sha256')
    .update(JSON.stringify([weightsHash(content), config, normalisation, temperature]))
    .digest('hex')
}
