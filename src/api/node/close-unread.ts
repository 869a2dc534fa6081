import type { IncomingMessage } from 'node:http'

/** How much of a body is read after its answer, in bytes and milliseconds. */
interface Patience {
  readonly bytes: number
  readonly milliseconds: number
}

/** What is read so that a connection can be used again: most pictures are smaller, and most clients quicker. */
const PASSED_OVER: Patience = { bytes: 256 * 1024, milliseconds: 200 }

/** What is read where it cannot: time for a client to see its answer, and to stop. */
const LINGER: Patience = { bytes: 64 * 2 ** 20, milliseconds: 1000 }

/**
 * Tells a client that is still sending when its answer is there (a refusal) that its connection will be closed. It is closed a
 * little later: a connection that is closed while its client sends is reset, and many clients see no answer then.
 */
export async function closeUnread(response: Response, incoming: IncomingMessage): Promise<Response> {
  const { status } = response
  const claimed = Number(incoming.headers['content-length'])
  // Of a sender that was too slow the rest does not come either.
  if (status >= 400 && status !== 408 && claimed <= PASSED_OVER.bytes) await passOver(incoming, PASSED_OVER)
  if (incoming.complete) return response
  const headers = new Headers(response.headers)
  headers.set('connection', 'close')
  if (status < 400 || response.body === null) return new Response(response.body, { status, headers })
  const answer = new Uint8Array(await response.arrayBuffer())
  // With its length known it is whole before it ends, and with its end the connection is closed.
  headers.set('content-length', String(answer.length))
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(answer)
      await passOver(incoming, LINGER)
      controller.close()
    },
  })
  return new Response(body, { status, headers })
}

/** Reads a body to no purpose: until it ends, or its client goes, or long enough. */
function passOver(incoming: IncomingMessage, patience: Patience): Promise<void> {
  if (incoming.complete || incoming.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(done, patience.milliseconds)
    let bytes = 0
    function pass(chunk: Uint8Array): void {
      bytes += chunk.length
      if (bytes > patience.bytes) done()
    }
    function done(): void {
      clearTimeout(timer)
      incoming.off('data', pass)
      resolve()
    }
    for (const end of ['end', 'close', 'error']) incoming.once(end, done)
    // Who began to read it (a web stream, for the app) would hold it back when its own buffer is full.
    incoming.removeAllListeners('data').on('data', pass).resume()
  })
}
