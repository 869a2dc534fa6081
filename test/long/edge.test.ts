import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { edgeDecoder } from '../../src/api/edge/decode-picture.ts'
import { Decoders } from '../../src/api/edge/decoders.ts'
import { decodeUpload } from '../../src/api/node/index.ts'
import { Classifier } from '../../src/classify/index.ts'
import { form, pictureBody, rowsOf } from '../api/api-server.ts'
import { type EdgeServer, serveEdge, WORKER } from '../api/edge/edge-server.ts'
import { galaxyPictures } from '../api/galaxy-pictures.ts'
import { realData } from '../data.ts'

const folder = realData('galaxies', 'test')

describe.skipIf(!folder)('every test galaxy (skipped where data/galaxies is absent)', () => {
  const files = folder === undefined ? [] : readdirSync(folder).sort()
  const read = (name: string) => readFileSync(join(folder!, name))

  it('has the same pixels at the edge as on Node', async () => {
    const decode = edgeDecoder(new Decoders(new WebAssembly.Module(readFileSync('decoders/decoders.wasm'))))
    let most = 0
    for (const name of files) {
      const options = { size: [64, 64] as const, maxPixels: 4_000_000, name }
      const [edge, node] = [await decode(read(name), options), await decodeUpload(read(name), options)]
      for (const [at, value] of edge.entries()) most = Math.max(most, Math.abs(value - node[at]!))
    }
    expect(files.length).toBeGreaterThan(1600)
    expect(most).toBeLessThanOrEqual(1)
    console.log(`largest difference of a pixel: ${most}`)
  })

  it('has the same class, but for half a percent', async () => {
    const edge = await serveEdge()
    const classifier = await Classifier.open('small')
    let differing = 0
    for (let first = 0; first < files.length; first += 64) {
      const names = files.slice(first, first + 64)
      const body = form(...names.map((name): [string, Buffer] => [name, read(name)]))
      const rows = await rowsOf(await edge.ask('/v1/classify', { method: 'POST', body }))
      const pixels = await Promise.all(
        names.map((name) => decodeUpload(read(name), { size: [64, 64], maxPixels: 4_000_000, name })),
      )
      const expected = await classifier.predict(Buffer.concat(pixels))
      for (const [at, row] of rows.entries()) if (row.class !== expected[at]!.slug) differing++
    }
    await classifier.dispose()
    expect(differing).toBeLessThanOrEqual(0.005 * files.length)
    console.log(`${differing} of ${files.length} pictures have another class`)
  })
})

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

describe('a picture at the edge', () => {
  let edge: EdgeServer
  beforeAll(async () => {
    edge = await serveEdge(TIMED)
  })

  const timed = async (path: string, init?: RequestInit) => {
    const started = performance.now()
    expect((await edge.ask(path, init)).status).toBe(200)
    return (performance.now() - started) / RUNS
  }

  it.each(['jpeg', 'webp', 'png'] as const)(
    'takes at most 1.5 times as long as the engine alone: %s of 256 pixels',
    async (format) => {
      const whole = (await galaxyPictures())['colour.png']!
      const bytes = await sharp(whole).resize(256, 256, { fit: 'cover' }).toFormat(format).toBuffer()
      const bare: number[] = []
      const answered: number[] = []
      // The least of many rounds, turn by turn: what the machine does besides only adds.
      for (let round = 0; round < 15; round++) {
        bare.push(await timed('/engine'))
        answered.push(await timed('/app', pictureBody(bytes, `image/${format}`)))
      }
      const [engine, all] = [Math.min(...bare), Math.min(...answered)]
      console.log(`${format}: ${all.toFixed(1)} ms, of which the engine ${engine.toFixed(1)} ms`)
      expect(all / engine).toBeLessThan(1.5)
    },
  )
})
