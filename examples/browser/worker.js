import { createEdgeApp } from './edge.js'

/** A file of the site. Compiled from bytes, WebAssembly needs no host that knows its media type. */
async function read(name) {
  const response = await fetch(new URL(name, import.meta.url)).catch(() => undefined)
  if (!response?.ok) throw new Error(`${name} did not come${response ? ` (status ${response.status})` : ''}`)
  return response.arrayBuffer()
}

async function open() {
  const names = ['tensorflow.wasm', 'decoders.wasm', 'small.safetensors', 'small.card.json']
  const [tensorflow, decoders, small, card] = await Promise.all(names.map(read))
  return createEdgeApp({
    tensorflow: await WebAssembly.compile(tensorflow),
    decoders: await WebAssembly.compile(decoders),
    models: { small },
    cards: { small: JSON.parse(new TextDecoder().decode(card)) },
    // A browser has more memory than the edge; these are a server's.
    limits: { bodyBytes: 32 * 2 ** 20, heldBytes: 64 * 2 ** 20, pixels: 25_000_000 },
    observers: [{ failure: (error) => console.error(error) }],
  })
}

let app

/** Answers a request to the API; loads it with the first, and once more where that failed. */
addEventListener('message', async ({ data: { id, address, init } }) => {
  try {
    app ??= open()
    const response = await (await app).fetch(new Request(`http://page/${address}`, init))
    const body = await response.arrayBuffer()
    postMessage({ id, body, status: response.status, headers: [...response.headers] }, [body])
  } catch (error) {
    app = undefined
    postMessage({ id, problem: `The classifier could not be loaded: ${error.message}. Try again.` })
  }
})
