/** Texts as a stream, no faster than they are read. @param leave called when the reader goes away before the last */
export function eventStream(
  texts: AsyncGenerator<string, void, undefined>,
  leave: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await texts.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    cancel: leave,
  })
}
