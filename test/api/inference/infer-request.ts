/** A request for inference as a client sends it. */
export interface InferBody {
  readonly json: unknown
  /** What follows the JSON. */
  readonly binary?: Uint8Array
  /** In the place of the JSON's true length. */
  readonly headerLength?: string
}

/** The request, with the header that tells where its binary data begins if there is any. */
export function inferRequest({ json, binary, headerLength }: InferBody): RequestInit {
  const text = typeof json === 'string' ? json : JSON.stringify(json)
  const length =
    headerLength ?? (binary === undefined ? undefined : String(new TextEncoder().encode(text).length))
  return {
    method: 'POST',
    headers: {
      'content-type': length === undefined ? 'application/json' : 'application/octet-stream',
      ...(length === undefined ? {} : { 'inference-header-content-length': length }),
    },
    body: new Blob([text, new Uint8Array(binary ?? [])]),
  }
}

/** A tensor of the one input that models have. */
export const pictures = (shape: readonly unknown[], rest: object, datatype = 'UINT8') => ({
  inputs: [{ name: 'pictures', datatype, shape, ...rest }],
})

/** Elements of a BYTES tensor as binary data. */
export function elements(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(part.length)
      return [length, part]
    }),
  )
}

export interface InferAnswer {
  readonly model_name: string
  readonly model_version: string
  readonly id?: string
  readonly outputs: readonly {
    readonly name: string
    readonly datatype: string
    readonly shape: readonly number[]
    readonly data?: readonly (number | string)[]
    readonly parameters?: { readonly binary_data_size: number }
  }[]
}

/** The JSON of an answer, and the bytes after it. */
export async function inferAnswerOf(response: Response): Promise<{ json: InferAnswer; binary: Buffer }> {
  const bytes = Buffer.from(await response.arrayBuffer())
  if (response.status !== 200) throw new Error(`${response.status}: ${bytes}`)
  const length = Number(response.headers.get('inference-header-content-length') ?? bytes.length)
  return { json: JSON.parse(bytes.subarray(0, length).toString()), binary: bytes.subarray(length) }
}

/** Status and text of an error, which must have the protocol's form. */
export async function inferErrorOf(response: Response): Promise<[status: number, error: string]> {
  const text = await response.text()
  const type = response.headers.get('content-type')
  if (type !== 'application/json') throw new Error(`${response.status} ${type}: ${text}`)
  if (/\n\s+at |node:|\.ts:|node_modules/.test(text)) throw new Error(`a stack was told: ${text}`)
  const { error, ...rest } = JSON.parse(text) as { error: string }
  if (typeof error !== 'string' || Object.keys(rest).length > 0) throw new Error(`no error: ${text}`)
  return [response.status, error]
}
