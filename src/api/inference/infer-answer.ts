import type { Outcome } from '../classify-upload.ts'
import type { ServedModel } from '../served-model.ts'
import type { InferRequest, WantedOutput } from './read-infer-request.ts'
import { HEADER_LENGTH } from './split-body.ts'

interface Tensor {
  readonly name: WantedOutput['name']
  readonly datatype: 'FP32' | 'BYTES'
  readonly shape: readonly number[]
  readonly data: readonly (number | string)[]
}

/**
 * The answer to a request whose pictures are done. A tensor has no room for an error: the first of a picture is thrown.
 *
 * @throws what became of a picture, or the signal's reason
 */
export async function inferAnswer(
  { id, outputs }: Omit<InferRequest, 'pictures'>,
  model: ServedModel,
  outcomes: readonly Promise<Outcome>[],
  signal: AbortSignal,
): Promise<Response> {
  const done = await Promise.all(outcomes)
  signal.throwIfAborted()
  const rows = done.map(({ row, failure }) => {
    if (row.probabilities === undefined) throw failure
    return row.probabilities
  })
  const parts: Uint8Array<ArrayBuffer>[] = []
  const described = outputs.map(({ name, binary }) => {
    const tensor = tensorOf(name, rows, model.classes.slugs)
    if (!binary) return tensor
    const part = toBinary(tensor)
    parts.push(part)
    const { data, ...rest } = tensor
    return { ...rest, parameters: { binary_data_size: part.length } }
  })
  const answer = {
    model_name: model.name,
    model_version: model.version,
    ...(id === undefined ? {} : { id }),
    outputs: described,
  }
  if (parts.length === 0) return Response.json(answer)
  const json = new TextEncoder().encode(JSON.stringify(answer))
  return new Response(new Blob([json, ...parts]), {
    headers: { 'content-type': 'application/octet-stream', [HEADER_LENGTH]: String(json.length) },
  })
}

function tensorOf(
  name: WantedOutput['name'],
  rows: readonly ArrayLike<number>[],
  slugs: readonly string[],
): Tensor {
  if (name === 'class')
    return {
      name,
      datatype: 'BYTES',
      shape: [rows.length],
      data: rows.map((row) => slugs[mostProbable(row)]!),
    }
  // Rounded as binary data is, so that both ways say the same.
  const data = rows.flatMap((row) => Array.from(row, Math.fround))
  return { name, datatype: 'FP32', shape: [rows.length, slugs.length], data }
}

function mostProbable(probabilities: ArrayLike<number>): number {
  let best = 0
  for (let at = 1; at < probabilities.length; at++) if (probabilities[at]! > probabilities[best]!) best = at
  return best
}

/** Little-endian; text has its length before it, as in requests. */
function toBinary({ data }: Tensor): Uint8Array<ArrayBuffer> {
  const encoded = data.map((value) => (typeof value === 'string' ? new TextEncoder().encode(value) : value))
  const sizes = encoded.map((value) => (typeof value === 'number' ? 4 : 4 + value.length))
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const [index, value] of encoded.entries()) {
    if (typeof value === 'number') view.setFloat32(at, value, true)
    else {
      view.setUint32(at, value.length, true)
      bytes.set(value, at + 4)
    }
    at += sizes[index]!
  }
  return bytes
}
