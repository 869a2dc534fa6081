import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { pictureBody } from '../../api/api-server.ts'
import { serveEdge, WORKER } from '../../api/edge/edge-server.ts'
import { galaxyPictures } from '../../api/galaxy-pictures.ts'

const RUNS = 20

/**
 * The example's worker, which for a picture sent to `/app` classifies it 20 times, and at `/engine` does nothing but run the model
 * 20 times: a client's connection takes as long for either, and no part of the edge can shorten it.
 */
const TIMED = WORKER.replace('{ createEdgeApp }', '{ createEdgeApp, openEdgeModel }')
  .replace('export default', `const bare = openEdgeModel('bare', small)\n\n$&`)
  .replace(
    /fetch\(request.*\n/,
    `async $&
    const { pathname } = new URL(request.url)
    if (pathname === '/engine') {
      const pixels = new Uint8Array(64 * 64 * 3).map((_, at) => at % 200)
      for (let run = 0; run < ${RUNS}; run++) await bare.predict(pixels)
      return new Response()
    }
    if (pathname === '/app') {
      const { headers } = request
      const body = await request.arrayBuffer()
      for (let run = 0; run < ${RUNS}; run++) {
        const answer = await app.fetch(new Request('http://localhost/v1/classify', { method: 'POST', headers, body }))
        await answer.text()
        if (!answer.ok) return answer
      }
      return new Response()
    }
`,
  )

const FORMATS = ['jpeg', 'webp', 'png'] as const

describe('a picture at the edge', () => {
  /** Milliseconds for one run, the least of many rounds, turn by turn: what the machine does besides only adds. */
  const least = { engine: Infinity, jpeg: Infinity, webp: Infinity, png: Infinity }
  beforeAll(async () => {
    const edge = await serveEdge(TIMED)
    const time = async (what: keyof typeof least, path: string, init?: RequestInit) => {
      const started = performance.now()
      expect((await edge.ask(path, init)).status).toBe(200)
      least[what] = Math.min(least[what], (performance.now() - started) / RUNS)
    }
    const picture = sharp((await galaxyPictures())['colour.png']!).resize(256, 256, { fit: 'cover' })
    const bytes = await Promise.all(FORMATS.map((format) => picture.clone().toFormat(format).toBuffer()))
    for (let round = 0; round < 15; round++) {
      await time('engine', '/engine')
      for (const [at, format] of FORMATS.entries())
        await time(format, '/app', pictureBody(bytes[at]!, `image/${format}`))
    }
  }, 900_000)

  it.each(FORMATS)('takes at most 1.5 times as long as the engine alone: %s of 256 pixels', (format) => {
    const { engine, [format]: all } = least
    console.log(`${format}: ${all.toFixed(1)} ms, of which the engine ${engine.toFixed(1)} ms`)
    expect(all / engine).toBeLessThan(1.5)
  })
})
