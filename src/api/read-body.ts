import { PureGalaxyError } from '../errors.ts'
import type { Admission } from './gate.ts'
import { joinBytes } from './join-bytes.ts'

export interface BodyChunksOptions {
  /** Most bytes that a body may have. */
  readonly limit: number
  /** The request's deadline. */
  readonly signal: AbortSignal
}

export interface ReadBodyOptions extends BodyChunksOptions {
  /** Counts the bytes that are held. */
  readonly admission: Admission
}

/**
 * Reads a whole body.
 *
 * @throws PureGalaxyError those of `bodyChunks`, and `api.busy`
 */
export async function readBody(request: Request, options: ReadBodyOptions): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bodyChunks(request, options)) {
    options.admission.hold(chunk.length)
    chunks.push(chunk)
  }
  return joinBytes(chunks)
}

/**
 * A body as it comes, never more of it than is allowed: by its length where one is claimed, and by what comes, since claims
 * lie. Who stops reading before its end has the rest dropped.
 *
 * @throws PureGalaxyError `api.content-encoding`, `api.too-large`, `api.slow-body`, `api.gone`
 */
export async function* bodyChunks(
  request: Request,
  { limit, signal }: BodyChunksOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoding = request.headers.get('content-encoding')
  if (encoding !== null && encoding.trim().toLowerCase() !== 'identity')
    throw new PureGalaxyError(
      'api.content-encoding',
      'Compressed bodies are not taken. Send it without Content-Encoding; pictures are compressed already.',
    )
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit)
  // Firefox gives requests no stream of their body, and says undefined.
  const body = request.body === undefined ? (await request.blob()).stream() : request.body
  if (body === null) return
  const reader = body.getReader()
  const cancel = () => void reader.cancel(signal.reason).catch(() => undefined)
  signal.addEventListener('abort', cancel)
  let whole = false
  try {
    if (signal.aborted) cancel()
    let length = 0
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.length
      if (length > limit) throw tooLarge(limit)
      yield next.value
    }
    if (signal.aborted) throw cutOff(signal.reason)
    whole = true
  } catch (error) {
    if (error instanceof PureGalaxyError) throw error
    // The stream broke: the connection is gone.
    throw signal.aborted
      ? cutOff(signal.reason)
      : new PureGalaxyError('api.gone', 'The body ended before its end.', { cause: error })
  } finally {
    signal.removeEventListener('abort', cancel)
    if (!whole) cancel()
  }
}

/** What a deadline means while the body is still coming: the sender is slow, not the server. */
function cutOff(reason: unknown): unknown {
  if (!(reason instanceof PureGalaxyError && reason.code === 'api.deadline')) return reason
  return new PureGalaxyError(
    'api.slow-body',
    'The body did not arrive in time. Send it faster, or less of it.',
  )
}

const tooLarge = (limit: number): PureGalaxyError =>
  new PureGalaxyError(
    'api.too-large',
    `The body is larger than ${limit} bytes. Send fewer pictures at once, or cut them closer to the galaxies.`,
  )
