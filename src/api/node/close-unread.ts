import type { IncomingMessage } from 'node:http'

/** Bytes of a body that are passed over after its answer, so that its connection can be used again: most pictures have fewer. */
const PASSED_OVER = 256 * 1024

/** What is read of other bodies after their answer, in bytes and milliseconds: time for a client to see it, and to stop. */
const LINGER = { bytes: 64 * 2 ** 20, milliseconds: 1000 }

/**
 * Tells a client that is still sending when its answer is there (a refusal) that its connection will be closed. It is closed a
 * little later: a connection that is closed while its client sends is reset, and many clients see no answer then.
 */
export async function closeUnread(response: Response, incoming: IncomingMessage): Promise<Response> {
  const { status } = response
  // Of a sender that was too slow the rest does not come either.
  const passedOver = Number(incoming.headers['content-length']) <= PASSED_OVER && status !== 408
  if (incoming.complete || passedOver) return response
  const headers = new Headers(response.headers)
  headers.set('connection', 'close')
  if (status < 400 || response.body === null) return new Response(response.body, { status, headers })
  const answer = new Uint8Array(await response.arrayBuffer())
  // With its length known it is whole before it ends, and with its end the connection is closed.
  headers.set('content-length', String(answer.length))
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(answer)
      await linger(incoming)
      controller.close()
    },
  })
  return new Response(body, { status, headers })
}

/** Reads a body to no purpose: until it ends, or its client goes, or long enough. */
function linger(incoming: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, LINGER.milliseconds)
    let bytes = 0
    function pass(chunk: Uint8Array): void {
      bytes += chunk.length
      if (bytes > LINGER.bytes) done()
    }
    function done(): void {
      clearTimeout(timer)
      incoming.off('data', pass)
      resolve()
    }
    for (const end of ['end', 'close', 'error']) incoming.once(end, done)
    incoming.on('data', pass).resume()
  })
}
