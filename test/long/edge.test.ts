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

/** The example's worker, which for `?bare=20` does nothing but run the model 20 times. */
const TIMED = WORKER.replace('{ createEdgeApp }', '{ createEdgeApp, openEdgeModel }').replace(
  /fetch\(request.*\n/,
  `async $&
    const runs = Number(new URL(request.url).searchParams.get('bare'))
    const pixels = new Uint8Array(64 * 64 * 3).map((_, at) => at % 200)
    const bare = runs > 0 ? openEdgeModel('bare', small) : undefined
    for (let run = 0; run < runs; run++) await bare.predict(pixels)
    if (runs > 0) return new Response()
`,
)

describe('a picture at the edge', () => {
  const RUNS = 20
  let edge: EdgeServer
  beforeAll(async () => {
    edge = await serveEdge(TIMED)
  })

  const timed = async (work: () => Promise<unknown>) => {
    const started = performance.now()
    await work()
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
        bare.push(await timed(() => edge.ask(`/?bare=${RUNS}`)))
        answered.push(
          await timed(async () => {
            for (let run = 0; run < RUNS; run++)
              await (await edge.ask('/v1/classify', pictureBody(bytes, `image/${format}`))).text()
          }),
        )
      }
      const [engine, all] = [Math.min(...bare), Math.min(...answered)]
      console.log(`${format}: ${all.toFixed(1)} ms, of which the engine ${engine.toFixed(1)} ms`)
      expect(all / engine).toBeLessThan(1.5)
    },
  )
})
