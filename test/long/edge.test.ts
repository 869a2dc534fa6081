import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { edgeDecoder } from '../../src/api/edge/decode-picture.ts'
import { Decoders } from '../../src/api/edge/decoders.ts'
import { decodeUpload } from '../../src/api/node/index.ts'
import { Classifier } from '../../src/classify/index.ts'
import { form, rowsOf } from '../api/api-server.ts'
import { serveEdge } from '../api/edge/edge-server.ts'
import { realData } from '../data.ts'

const folder = realData('galaxies', 'test')

describe.skipIf(!folder)('every test galaxy (skipped where data/galaxies is absent)', () => {
  const files = folder === undefined ? [] : readdirSync(folder).sort()
  const read = (name: string) => readFileSync(join(folder!, name))
  const options = (name: string) => ({ size: [64, 64] as const, maxPixels: 4_000_000, name })

  it('has the same pixels at the edge as on Node', async () => {
    const decode = edgeDecoder(new Decoders(new WebAssembly.Module(readFileSync('decoders/decoders.wasm'))))
    let most = 0
    for (const name of files) {
      const [edge, node] = await Promise.all([
        decode(read(name), options(name)),
        decodeUpload(read(name), options(name)),
      ])
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
      const [rows, expected] = await Promise.all([
        edge.ask('/v1/classify', { method: 'POST', body }).then(rowsOf),
        Promise.all(names.map((name) => decodeUpload(read(name), options(name)))).then((pixels) =>
          classifier.predict(Buffer.concat(pixels)),
        ),
      ])
      for (const [at, row] of rows.entries()) if (row.class !== expected[at]!.slug) differing++
    }
    await classifier.dispose()
    expect(differing).toBeLessThanOrEqual(0.005 * files.length)
    console.log(`${differing} of ${files.length} pictures have another class`)
  })
})
