import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { floatTiff } from '../io/pictures/make-pictures.ts'
import {
  form,
  jsonBody,
  pictureBody,
  problemOf,
  type Row,
  rowsOf,
  serveApp,
  type TestServer,
} from './api-server.ts'
import { plain } from './galaxy-pictures.ts'
import { hostilePictures, secondsSince } from './hostile-pictures.ts'

let server: TestServer
let png: Buffer
beforeAll(async () => {
  server = await serveApp()
  png = await plain(51)
})

const send = async (bytes: Uint8Array) =>
  server.ask('/v1/classify', pictureBody(bytes, 'application/octet-stream'))
const refusal = async (bytes: Uint8Array) => problemOf(await send(bytes))

/** A whole and black PNG of side × side pixels. */
async function bomb(side: number): Promise<Buffer> {
  return sharp({
    create: { width: side, height: side, channels: 3, background: 'black' },
    limitInputPixels: false,
  })
    .png({ compressionLevel: 9 })
    .toBuffer()
}

describe('hostile pictures', () => {
  it('a bomb of 14,000² pixels in half a megabyte is refused, and costs no memory', async () => {
    const bytes = await bomb(14_000)
    expect(bytes.length).toBeLessThan(800_000)
    const before = process.memoryUsage().rss
    expect(await refusal(bytes)).toEqual([413, 'io.picture.too-large'])
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
  }, 60_000)

  it.each(['png', 'jpeg'] as const)('a %s cut off anywhere is refused or, uncut, taken', async (format) => {
    const whole = await sharp(png).toFormat(format).toBuffer()
    const statuses = new Map<number, number>()
    for (let end = 0; end < whole.length; end++) {
      const response = await send(whole.subarray(0, end))
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
      if (response.status === 200) await response.text()
      else expect([415, 422]).toContain((await problemOf(response))[0])
    }
    // Only what comes after the last pixel may be missing.
    expect(statuses.get(200) ?? 0).toBeLessThanOrEqual(16)
    expect((await send(whole)).status).toBe(200)
  })

  it('an animation is taken for its first frame', async () => {
    const frames = Buffer.concat([Buffer.alloc(8 * 8 * 3, 255), Buffer.alloc(8 * 8 * 3)])
    const animation = sharp(frames, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } })
    const rows = await rowsOf(await send(await animation.clone().webp({ lossless: true }).toBuffer()))
    expect(rows[0]!.p_edge_on_with_bulge).toBe(1)
    expect(await refusal(await animation.clone().gif().toBuffer())).toEqual([415, 'api.picture-format'])
  })

  it('a CMYK JPEG is taken', async () => {
    const cmyk = await sharp(png).toColourspace('cmyk').jpeg().toBuffer()
    expect((await send(cmyk)).status).toBe(200)
  })

  it('SVG, TIFF, HEIF, PDF, FITS, text and a polyglot are refused, whatever they call themselves', async () => {
    const tiff = await sharp(png).tiff().toBuffer()
    const others = [
      tiff,
      floatTiff([0, 1]),
      await sharp(png).heif({ compression: 'av1' }).toBuffer(),
      ...[
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        '%PDF-1.7',
        'SIMPLE  =      T',
        'GIF89a',
        '\0',
      ].map((text) => Buffer.from(text)),
    ]
    for (const bytes of others) {
      expect(await refusal(bytes)).toEqual([415, 'api.picture-format'])
      const lying = await server.ask('/v1/classify', pictureBody(bytes, 'image/png'))
      expect(await problemOf(lying)).toEqual([415, 'api.picture-format'])
    }
    // A JPEG's beginning, and an SVG behind it.
    const polyglot = Buffer.concat([
      Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
      Buffer.from('<svg><script/></svg>'),
    ])
    expect(await refusal(polyglot)).toEqual([422, 'io.picture.corrupt'])
  })

  it('a compressed text chunk that grows without end does no harm', async () => {
    const text = Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(Buffer.alloc(50_000_000))])
    const chunk = Buffer.alloc(8)
    chunk.writeUInt32BE(text.length)
    chunk.write('zTXt', 4)
    // Its checksum is wrong too.
    const bytes = Buffer.concat([png.subarray(0, 33), chunk, text, Buffer.alloc(4), png.subarray(33)])
    expect([200, 422]).toContain((await send(bytes)).status)
  })
})

describe('hostile files', async () => {
  /** What each may cost at most, of one processor: libpng takes 3 µs for a text, be it empty. */
  const MOST_SECONDS = 5

  it.each(await hostilePictures())('$name', async ({ bytes, refusal }) => {
    const started = process.cpuUsage()
    const response = await send(bytes)
    if (refusal === undefined) expect((await rowsOf(response))[0]!.error).toBeNull()
    else expect(await problemOf(response)).toEqual(refusal)
    expect(secondsSince(started)).toBeLessThan(MOST_SECONDS)
  })
})

describe('hostile forms', () => {
  const formBody = (boundary: string, body: string | Uint8Array): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: body as string,
  })

  it('10,000 parts are refused', async () => {
    const part = '--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx\r\n'
    const response = await server.ask('/v1/classify', formBody('b', `${part.repeat(10_000)}--b--\r\n`))
    expect(await problemOf(response)).toEqual([413, 'api.too-many-items'])
  })

  it.each([
    ['no boundary', '', '--b\r\n\r\n\r\nx\r\n--b--'],
    ['a boundary of 71 characters', 'b'.repeat(71), 'x'],
    ['a boundary of forbidden letters', '"b\\"; x"', 'x'],
    ['another boundary than its own', 'c', '--b\r\n\r\n\r\nx\r\n--b--'],
    ['no end', 'b', '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx'],
    ['no part', 'b', '--b--\r\n'],
    ['nothing', 'b', ''],
    ['a header without end', 'b', `--b\r\n${'x'.repeat(100_000)}`],
    ['dashes alone', '-'.repeat(70), '-'.repeat(1_000_000)],
    ['a megabyte before the first boundary', 'b', `${'\r\n--'.repeat(250_000)}\r\n--b\r\n\r\n\r\nx\r\n--b--`],
  ])('with %s are refused', async (_, boundary, body) => {
    const [status, code] = await problemOf(await server.ask('/v1/classify', formBody(boundary, body)))
    expect([status, code]).toEqual([400, 'api.multipart'])
  })

  it('with a sentence before the first boundary and behind the last are taken', async () => {
    const body = Buffer.concat([
      Buffer.from('This is a multi-part message in MIME format.\r\n--b\r\n'),
      Buffer.from('Content-Disposition: form-data; name="p"; filename="m31.png"\r\n\r\n'),
      png,
      Buffer.from('\r\n--b--\r\nIt ends here.'),
    ])
    const rows = await rowsOf(await server.ask('/v1/classify', formBody('b', body)))
    expect(rows.map(({ id, error }) => [id, error])).toEqual([['m31.png', null]])
  })

  it.each([5000, 60_000])(
    'with a name of %d characters have an error in the place of that picture',
    async (length) => {
      const body = form(['a'.repeat(length), png], ['b', png])
      const rows = await rowsOf(await server.ask('/v1/classify', { method: 'POST', body }))
      const told = 'The name of part 0 is longer than 256 characters.'
      expect(rows.map(({ id, error }) => [id, error])).toEqual([
        ['0', told],
        ['b', null],
      ])
    },
  )

  it('with a name that is no UTF-8 have an error in the place of that picture', async () => {
    const part = (name: string) => [
      Buffer.from(`--b\r\nContent-Disposition: form-data; name="p"; filename="${name}"\r\n\r\n`, 'latin1'),
      png,
      Buffer.from('\r\n'),
    ]
    const body = Buffer.concat([...part('\xe9.png'), ...part('b'), Buffer.from('--b--')])
    const rows = await rowsOf(await server.ask('/v1/classify', formBody('b', body)))
    expect(rows.map(({ id, error }) => [id, error])).toEqual([
      ['0', 'The name of part 0 is no UTF-8.'],
      ['b', null],
    ])
  })
})

describe('hostile JSON', () => {
  const post = (body: string) =>
    server.ask('/v1/classify', { method: 'POST', headers: { 'content-type': 'application/json' }, body })

  it.each([
    ['nested 50,000 deep', '['.repeat(50_000) + ']'.repeat(50_000), 422],
    ['nested 50,000 deep in objects', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`, 422],
    ['nested in the pictures', `{"pictures":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 422],
    ['that does not end', '{"pictures":[', 400],
    ['with NaN', '{"pictures":[{"data":NaN}]}', 400],
    ['with __proto__', '{"__proto__":{"pictures":[]},"pictures":[]}', 422],
    ['null', 'null', 422],
    ['of one picture with an address to fetch', '{"url":"http://127.0.0.1/"}', 422],
    ['of one picture with a number for an identifier', '{"id":1e999,"data":""}', 422],
    ['without pictures', '{"pictures":[]}', 422],
    ['empty', '', 400],
    ['that is no UTF-8', Buffer.from([0x22, 0xff, 0x22]) as unknown as string, 400],
  ])('%s is refused', async (_, body, status) => {
    const response = await post(body)
    expect((await response.clone().text()).length).toBeLessThan(1000)
    expect(await problemOf(response)).toEqual([status, status === 400 ? 'api.json' : 'api.schema'])
    expect(({} as Record<string, unknown>).id).toBeUndefined()
  })

  it.each([
    ['1e308 for its data', '{"data":1e308}'],
    ['a number for an identifier', '{"id":1e999,"data":""}'],
    ['__proto__', '{"data":"","__proto__":{"id":"x"}}'],
    ['constructor', '{"data":"","constructor":{"prototype":{"id":"x"}}}'],
    ['an address to fetch', '{"url":"http://127.0.0.1/"}'],
    ['an identifier of 10 kB', JSON.stringify({ id: 'x'.repeat(10_000), data: '' })],
    ['a key of 10 kB', JSON.stringify({ data: '', ['x'.repeat(10_000)]: 1 })],
    ['data and a place', '{"ra":1,"dec":1,"data":""}'],
    ['brackets', '[[[]]]'],
    ['nothing', 'null'],
  ])('of a list is told of a picture with %s in its row, and the others are classified', async (_, item) => {
    const good = JSON.stringify({ id: 'good', data: png.toString('base64') })
    const response = await post(`[${item},${good}]`)
    expect((await response.clone().text()).length).toBeLessThan(2000)
    const rows = await rowsOf(response)
    expect(rows.map(({ id, error }) => [id, error === null])).toEqual([
      ['0', false],
      ['good', true],
    ])
    expect(rows[0]!.error).toMatch(/^The body's picture 0 is not as \/openapi\.json has it: /)
    expect(({} as Record<string, unknown>).id).toBeUndefined()
  })

  it.each(['[', '{},', '"a":1,', '[],', '1,'])(
    'of 30 MiB of %s is refused at once, and costs no memory',
    async (unit) => {
      const body = `{"pictures":[${unit.repeat((30 * 2 ** 20) / unit.length)}`
      const before = process.memoryUsage()
      const response = await post(body)
      const after = process.memoryUsage()
      expect([413, 422]).toContain((await problemOf(response))[0])
      expect(after.heapUsed - before.heapUsed).toBeLessThan(150e6)
      expect(after.rss - before.rss).toBeLessThan(300e6)
    },
  )

  it('with identifiers of newlines, quotes and nulls gives each back in its one line', async () => {
    const ids = ['a\nb', '"', '\0', '\u2028', '__proto__', '{"id":"x"}\n', '\ud800']
    const init = jsonBody(ids.map((id) => ({ id, data: png.toString('base64') })))
    const headers = { 'content-type': 'application/json', accept: 'application/x-ndjson' }
    const text = await (await server.ask('/v1/classify', { ...init, headers })).text()
    const lines = text.trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as Row).id)).toEqual(ids)
  })
})

describe('generated', () => {
  it('bytes as a picture get a status that fits', async () => {
    const start = fc.constantFrom(
      Buffer.from([0xff, 0xd8, 0xff]),
      png.subarray(0, 8),
      png.subarray(0, 33),
      Buffer.alloc(0),
    )
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 200 }), async (head, tail) => {
        expect([413, 415, 422]).toContain((await refusal(Buffer.concat([head, tail])))[0])
      }),
      { numRuns: 150 },
    )
  })

  it('damages to a picture are refused or survived', async () => {
    const webp = await sharp(png).webp().toBuffer()
    const jpeg = await sharp(png).jpeg().toBuffer()
    const damage = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(png, jpeg, webp), damage, async (picture, changes) => {
        const bytes = Buffer.from(picture)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        const response = await send(bytes)
        if (response.status === 200) expect((await rowsOf(response))[0]!.error).toBeNull()
        else expect([413, 415, 422]).toContain((await problemOf(response))[0])
      }),
      { numRuns: 150 },
    )
  })

  it('JSON of any form is refused, or answered with a row for each picture', async () => {
    const good = png.toString('base64')
    const picture = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ id: fc.string({ unit: 'grapheme' }), data: fc.constantFrom(good, '', '%') }),
      },
      { weight: 1, arbitrary: fc.jsonValue() },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(picture, { maxLength: 5 }), async (pictures) => {
        const response = await server.ask('/v1/classify', jsonBody(pictures))
        if (response.status !== 200) expect((await problemOf(response))[0]).toBe(422)
        else {
          const rows = await rowsOf(response)
          const sent = pictures as { id: string; data: string }[]
          expect(rows.map(({ id }) => id)).toEqual(
            sent.map((each, at) => (typeof each?.id === 'string' ? each.id : String(at))),
          )
          expect(rows.map(({ error }) => error === null)).toEqual(sent.map((each) => each?.data === good))
        }
      }),
      { numRuns: 150 },
    )
  })

  it('forms of any bytes are refused, or give back a row for each part', async () => {
    const part = fc.tuple(fc.stringMatching(/^[\w. -]{1,20}$/), fc.uint8Array({ maxLength: 60 }))
    const rubbish = fc.oneof(fc.constant(''), fc.string({ maxLength: 30 }))
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), rubbish, async (parts, tail) => {
        const body = Buffer.concat([
          ...parts.flatMap(([name, bytes]) => [
            Buffer.from(`--b0und\r\nContent-Disposition: form-data; name="p"; filename="${name}"\r\n\r\n`),
            bytes,
            Buffer.from('\r\n'),
          ]),
          Buffer.from(`--b0und--\r\n${tail}`),
        ])
        const headers = { 'content-type': 'multipart/form-data; boundary=b0und' }
        const response = await server.ask('/v1/classify', { method: 'POST', headers, body })
        const rows = await rowsOf(response)
        expect(rows).toHaveLength(parts.length)
        for (const { error } of rows) expect(error).toMatch(/is no JPEG|is empty|truncated or damaged/)
      }),
      { numRuns: 100 },
    )
  })
})

it('none of this changes what the server answers next', async () => {
  const rows = await rowsOf(await send(png))
  expect(rows[0]!.p_edge_on_with_bulge).toBe(0.2)
  const rest = await server.ask('/health/ready')
  expect(await rest.json()).toEqual({ status: 'ready' })
})
