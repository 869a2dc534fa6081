import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { readWebPage } from '../../../src/api/node/index.ts'
import { Classifier } from '../../../src/classify/index.ts'
import { GALAXY10_DECALS } from '../../../src/survey/galaxy10.ts'
import { realData } from '../../data.ts'
import { form, jsonBody, pictureBody, problemOf, type Row, rowsOf, serveApp } from '../api-server.ts'
import { galaxyPictures, plain } from '../galaxy-pictures.ts'
import { hostilePictures } from '../hostile-pictures.ts'
import { type EdgeServer, limited, serveEdge, WORKER } from './edge-server.ts'

const COLUMNS = [
  ...['id', 'ra', 'dec'],
  ...GALAXY10_DECALS.slugs.map((slug) => `p_${slug}`),
  ...['class', 'confidence', 'entropy', 'set', 'error', 'model', 'model_version'],
]

let edge: EdgeServer
let pictures: Readonly<Record<string, Buffer>>
beforeAll(async () => {
  edge = await serveEdge()
  pictures = await galaxyPictures()
})

const send = (bytes: Uint8Array, server = edge) =>
  server.ask('/v1/classify', pictureBody(bytes, 'application/octet-stream'))

describe('the bundle', () => {
  const files = ['index.js', 'decoders.wasm', 'tensorflow.wasm'].map((name) => join('dist/edge', name))

  it('with the model and the page has at most 1.4 MB, gzipped', () => {
    const page = ['index.html', 'page.css', 'page.js'].map((name) => join('dist/web', name))
    const sizes = [...files, ...page, 'weights/small.safetensors'].map(
      (file) => gzipSync(readFileSync(file)).length,
    )
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1.4e6)
  })

  it('imports nothing, of Node or else', () => {
    const code = readFileSync('dist/edge/index.js', 'utf8')
    expect(code).not.toMatch(/\bimport\s*[{*"'(]|\bfrom\s*["']|\brequire\(["']|node:\w/)
  })
})

it('the worker of the documentation is that of examples/edge', () => {
  expect(readFileSync('docs/api.md', 'utf8')).toContain(`\`\`\`js\n${WORKER}\`\`\``)
})

describe('at the edge', () => {
  it('a picture is answered with the columns of a catalogue, in order', async () => {
    const response = await send(pictures['colour.jpg']!)
    expect(response.status).toBe(200)
    const [row, ...others] = await rowsOf(response)
    expect(others).toEqual([])
    expect(Object.keys(row!)).toEqual(COLUMNS)
    expect(row).toMatchObject({ id: '0', ra: null, error: null, model: 'small', model_version: 'small-1' })
  })

  it('a form of 64 pictures is answered with a row each, in order and named by their files', async () => {
    const files = await Promise.all(
      Array.from({ length: 64 }, async (_, at): Promise<[string, Buffer]> => [`g${at}`, await plain(at)]),
    )
    const rows = await rowsOf(await edge.ask('/v1/classify', { method: 'POST', body: form(...files) }))
    expect(rows.map(({ id }) => id)).toEqual(files.map(([name]) => name))
    expect(rows.every(({ error }) => error === null)).toBe(true)
  })

  it('a form is taken with a sentence before its first boundary', async () => {
    const body = Buffer.concat([
      Buffer.from('This is a multi-part message in MIME format.\r\n--b\r\n'),
      Buffer.from('Content-Disposition: form-data; name="p"; filename="m31.jpg"\r\n\r\n'),
      pictures['colour.jpg']!,
      Buffer.from('\r\n--b--'),
    ])
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const rows = await rowsOf(await edge.ask('/v1/classify', { method: 'POST', headers, body }))
    expect(rows.map(({ id, error }) => [id, error])).toEqual([['m31.jpg', null]])
  })

  it('pictures in JSON are named as they say or by their position', async () => {
    const data = pictures['colour.png']!.toString('base64')
    const rows = await rowsOf(await edge.ask('/v1/classify', jsonBody([{ id: 'M 31', data }, { data }])))
    expect(rows.map(({ id, error }) => [id, error])).toEqual([
      ['M 31', null],
      ['1', null],
    ])
  })

  it('rows come as lines where they are asked for so', async () => {
    const headers = { accept: 'application/x-ndjson' }
    const body = form(['a', pictures['colour.jpg']!], ['b', pictures['colour.webp']!])
    const response = await edge.ask('/v1/classify', { method: 'POST', body, headers })
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const rows = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
    expect(rows.map(({ id, error }) => [id, error])).toEqual([
      ['a', null],
      ['b', null],
    ])
  })

  it('each bad picture is told what is wrong with it, and the others are classified', async () => {
    const good = pictures['colour.png']!
    const files: [string, Buffer][] = [
      ['first', good],
      ['empty', Buffer.alloc(0)],
      ['text', Buffer.from('hello')],
      ['cut.png', good.subarray(0, 600)],
      ['cut.jpg', pictures['colour.jpg']!.subarray(0, 600)],
      ['cut.webp', pictures['colour.webp']!.subarray(0, 300)],
      ['large', await plain(1, 2001, 2000)],
      ['cmyk', pictures['cmyk.jpg']!],
      ['last', good],
    ]
    const rows = await rowsOf(await edge.ask('/v1/classify', { method: 'POST', body: form(...files) }))
    expect(rows.map(({ id, error }) => [id, error])).toEqual([
      ['first', null],
      ['empty', 'picture 1 is empty.'],
      ['text', expect.stringContaining('picture 2 is no JPEG, PNG or WebP')],
      ['cut.png', expect.stringContaining('picture 3: truncated or damaged PNG')],
      ['cut.jpg', expect.stringContaining('picture 4: truncated or damaged JPEG')],
      ['cut.webp', expect.stringContaining('picture 5: truncated or damaged WebP')],
      ['large', expect.stringContaining('picture 6: 2000×2001 pixels, more than the limit of 4000000')],
      [
        'cmyk',
        'picture 7 has the four colours of print (CMYK). Give JPEG of RGB or grey, PNG or WebP, with the colours of sRGB.',
      ],
      ['last', null],
    ])
  })

  it('a model, a route, a method, a query or a media type that there is none of is refused as on Node', async () => {
    const body = pictureBody(pictures['colour.png']!)
    const refusals = [
      await edge.ask('/v1/classify?model=none', body),
      await edge.ask('/none'),
      await edge.ask('/v1/classify'),
      await edge.ask('/v1/classify?top=0', body),
      await edge.ask('/v1/classify', { ...body, headers: { 'content-type': 'image/tiff' } }),
      await edge.ask('/v1/classify', jsonBody([{ ra: 1, dec: 2 }])),
    ]
    expect(await Promise.all(refusals.slice(0, 5).map(problemOf))).toEqual([
      [404, 'api.no-such-model'],
      [404, 'api.no-such-route'],
      [405, 'api.method'],
      [422, 'api.schema'],
      [415, 'api.media-type'],
    ])
    expect(await problemOf(refusals[5]!)).toEqual([501, 'api.no-cutouts'])
  })

  it('models and their cards, health, the page and the description are those of Node', async () => {
    const classifier = await Classifier.open('small', { engine: 'wasm' })
    const node = await serveApp({ classifiers: [classifier], page: await readWebPage() })
    for (const path of ['/health/live', '/health/ready', '/v1/models', '/v1/models/small'])
      expect(await (await edge.ask(path)).json(), path).toEqual(await (await node.ask(path)).json())
    for (const path of ['/', '/page.css', '/page.js']) {
      const [there, here] = [await edge.ask(path), await node.ask(path)]
      for (const header of ['content-type', 'content-security-policy'])
        expect(there.headers.get(header), `${path}: ${header}`).toBe(here.headers.get(header))
      expect(await there.text(), path).toBe(await here.text())
    }
    const described = (await (await edge.ask('/openapi.json')).json()) as { paths: object }
    const onNode = (await (await node.ask('/openapi.json')).json()) as { paths: object }
    expect(Object.keys(described.paths)).toEqual(Object.keys(onNode.paths))
    await classifier.dispose()
  })

  it('a card without measurements has what the model file says, and one of no model is refused', async () => {
    const unmeasured = await serveEdge(WORKER.replace('cards: { small: card }', 'cards: {}'))
    expect(await (await unmeasured.ask('/v1/models/small')).json()).toMatchObject({
      card: { architecture: 'pure20', parameters: 272_483, calibrated: true, tests: [], limits: [] },
    })
    const { createEdgeApp } = (await import(
      '../../../dist/edge/index.js' as string
    )) as typeof import('../../../src/api/edge/index.ts')
    const none = { tensorflow: {}, decoders: {}, models: {} }
    await expect(createEdgeApp({ ...none, cards: { smal: { tests: [], limits: [] } } })).rejects.toThrow(
      'There is a card of smal, which is none of the models',
    )
  })
})

describe('the edge and Node', () => {
  /** Logits but for a constant, from probabilities. */
  const logits = (row: Row) => {
    const logarithms = GALAXY10_DECALS.slugs.map((slug) => Math.log(row[`p_${slug}`] as number))
    const mean = logarithms.reduce((sum, value) => sum + value, 0) / logarithms.length
    return logarithms.map((value) => value - mean)
  }

  /** Rows of both for the same files: the same but for what 1e-5 in a logit makes. */
  async function compare(files: readonly [string, Buffer][]): Promise<void> {
    const classifier = await Classifier.open('small', { engine: 'wasm' })
    const node = await serveApp({ classifiers: [classifier] })
    const init = () => ({ method: 'POST', body: form(...files) })
    const expected = await rowsOf(await node.ask('/v1/classify', init()))
    const rows = await rowsOf(await edge.ask('/v1/classify', init()))
    expect(rows).toHaveLength(files.length)
    for (const [at, row] of rows.entries()) {
      const want = expected[at]!
      expect([row.id, row.class, row.error]).toEqual([want.id, want.class, null])
      const wanted = logits(want)
      for (const [k, logit] of logits(row).entries()) expect(Math.abs(logit - wanted[k]!)).toBeLessThan(1e-5)
    }
    await classifier.dispose()
  }

  it('say the same of the same picture, logit by logit, within 1e-5', async () => {
    await compare(Object.entries(pictures).filter(([name]) => !/cmyk/.test(name)))
  })

  const real = realData('galaxies', 'test')
  it.skipIf(!real)('and of 40 genuine galaxies (skipped where data/galaxies is absent)', async () => {
    const names = readdirSync(real!).sort().slice(0, 40)
    await compare(names.map((name): [string, Buffer] => [name, readFileSync(join(real!, name))]))
  })
})

describe('hostile files at the edge', async () => {
  it.each(await hostilePictures())('$name', async ({ bytes, refusal, refusalAtEdge }) => {
    const expected = refusalAtEdge ?? refusal
    const response = await send(bytes)
    if (expected === undefined) expect((await rowsOf(response))[0]!.error).toBeNull()
    else expect(await problemOf(response)).toEqual(expected)
  })
})

describe('hostile pictures at the edge', () => {
  const black = (side: number) =>
    sharp({
      create: { width: side, height: side, channels: 3, background: 'black' },
      limitInputPixels: false,
    })

  it('a bomb of 14,000² pixels is refused from its header', async () => {
    const bomb = await black(14_000).png({ compressionLevel: 9 }).toBuffer()
    expect(await problemOf(await send(bomb))).toEqual([413, 'io.picture.too-large'])
    expect((await send(pictures['colour.png']!)).status).toBe(200)
  }, 60_000)

  it.each(['png', 'jpeg', 'webp'] as const)(
    'a %s cut off anywhere is refused or, uncut, taken',
    async (format) => {
      const whole = await sharp(await plain(51))
        .toFormat(format)
        .toBuffer()
      let taken = 0
      for (let end = 0; end < whole.length; end++) {
        const response = await send(whole.subarray(0, end))
        if (response.status !== 200) expect([415, 422]).toContain((await problemOf(response))[0])
        else {
          taken++
          await response.text()
        }
      }
      // Only what comes after the last pixel may be missing.
      expect(taken).toBeLessThanOrEqual(16)
      expect((await send(whole)).status).toBe(200)
    },
  )

  it('damage of every kind is refused, and the next picture is decoded as ever', async () => {
    const [answer] = await rowsOf(await send(pictures['colour.webp']!))
    for (const name of ['colour.jpg', 'colour.webp', 'colour.png', 'grey.jpg', 'alpha.webp']) {
      const whole = pictures[name]!
      for (let at = 12; at < whole.length; at += Math.ceil(whole.length / 20)) {
        const damaged = Buffer.from(whole)
        for (let next = at; next < Math.min(at + 3, whole.length); next++) damaged[next]! ^= 0x5a
        const response = await send(damaged)
        if (response.status === 200) await response.text()
        else expect([413, 415, 422], `${name} at ${at}`).toContain((await problemOf(response))[0])
      }
    }
    expect(await rowsOf(await send(pictures['colour.webp']!))).toEqual([answer])
  })

  it('the largest that are let in are classified, one after the other', async () => {
    const side = 2000
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, at) => (at * 7919) % 251))
    const large = () =>
      sharp(noise, { raw: { width: 64, height: 64, channels: 3 } }).resize(side, side, { kernel: 'nearest' })
    const deep = large().ensureAlpha(0.5).toColourspace('rgb16')
    const files = [
      await large().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
      await large().webp({ lossless: true, effort: 0 }).toBuffer(),
      await deep.png({ progressive: true }).toBuffer(),
    ]
    for (const file of [...files, ...files]) expect((await send(file)).status).toBe(200)
  }, 120_000)

  it('other formats are refused, whatever they call themselves', async () => {
    for (const bytes of [
      await sharp(await plain(1))
        .gif()
        .toBuffer(),
      await sharp(await plain(1))
        .tiff()
        .toBuffer(),
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    ])
      expect(await problemOf(await send(bytes))).toEqual([415, 'api.picture-format'])
  })

  it('a profile of other colours than sRGB is refused', async () => {
    const other = await sharp(await plain(1, 80, 80))
      .withIccProfile('p3')
      .png()
      .toBuffer()
    expect(await problemOf(await send(other))).toEqual([415, 'io.picture.format'])
  })
})

describe('a start', () => {
  /** The example's worker, which tries another module first and tells at /failure what came of it. */
  const TRYING_TWICE = WORKER.replace(
    'const app',
    `let failure
await createEdgeApp({ tensorflow: decoders, decoders, models: { small } }).catch((error) => {
  failure = error
})
const app`,
  ).replace(
    /fetch\(request.*\n/,
    `$&
    if (request.url.endsWith('/failure')) return Response.json({ code: failure?.code, message: failure?.message })
`,
  )

  it('that failed is told, and may be tried again', async () => {
    const server = await serveEdge(TRYING_TWICE)
    expect(await (await server.ask('/failure')).json()).toEqual({
      code: 'engine.unavailable',
      message: expect.stringMatching(/^TensorFlow\.js did not start on WebAssembly .*tensorflow\.wasm/),
    })
    const [row] = await rowsOf(await send(pictures['colour.png']!, server))
    expect(row).toMatchObject({ error: null, model: 'small' })
  })
})

describe('limits at the edge', () => {
  it('a body or a form that is too large is refused', async () => {
    const server = await serveEdge(limited({ bodyBytes: 5000, items: 3 }))
    expect(await problemOf(await send(Buffer.alloc(5001), server))).toEqual([413, 'api.too-large'])
    const png = await plain(1)
    const body = form(['a', png], ['b', png], ['c', png], ['d', png])
    expect(await problemOf(await server.ask('/v1/classify', { method: 'POST', body }))).toEqual([
      413,
      'api.too-many-items',
    ])
  })

  it('a client that goes away in the middle of its body leaves nothing behind', async () => {
    const server = await serveEdge(limited({ requests: 1 }))
    for (let client = 0; client < 3; client++) {
      const socket = connect(Number(server.url.port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(
        'POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 500\r\n\r\nabc',
      )
      await new Promise((resolve) => setTimeout(resolve, 300))
      socket.destroy()
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect((await send(await plain(1), server)).status).toBe(200)
    }
  })

  it('requests at once are each answered with their own rows', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, at) => {
        const data = pictures[at % 2 === 0 ? 'colour.jpg' : 'grey.png']!.toString('base64')
        return rowsOf(await edge.ask('/v1/classify', jsonBody([{ id: `${at}`, data }])))
      }),
    )
    expect(answers.map(([row]) => row!.id)).toEqual(answers.map((_, at) => `${at}`))
    expect(new Set(answers.map(([row]) => row!.confidence)).size).toBe(2)
  })
})
