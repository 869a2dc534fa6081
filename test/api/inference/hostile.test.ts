import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { converse, serveApp, type TestServer } from '../api-server.ts'
import { plain } from '../galaxy-pictures.ts'
import { elements, type InferBody, inferErrorOf, inferRequest, pictures } from './infer-request.ts'

const INFER = '/v2/models/brightness/infer'
const GOOD = pictures([1, 1, 1, 3], { data: [1, 2, 3] })

let server: TestServer
let png: Buffer
beforeAll(async () => {
  server = await serveApp()
  png = await plain(51)
})

const refusal = async (body: InferBody, path = INFER) =>
  inferErrorOf(await server.ask(path, inferRequest(body)))

describe('hostile requests for inference', () => {
  it.each<[name: string, json: unknown, status: number, error: RegExp]>([
    ['no JSON', '{', 400, /no JSON/],
    ['no object', 7, 400, /expected object/],
    ['null', null, 400, /expected object/],
    ['no inputs', {}, 400, /inputs/],
    ['an empty list of inputs', { inputs: [] }, 400, /inputs/],
    ['two inputs', { inputs: [GOOD.inputs[0], GOOD.inputs[0]] }, 400, /inputs/],
    ['another input', { inputs: [{ ...GOOD.inputs[0], name: 'images' }] }, 400, /name: .*"pictures"/],
    ['another datatype', pictures([1, 1, 1, 3], { data: [1, 2, 3] }, 'FP32'), 400, /datatype/],
    ['bytes as pixels', pictures([1, 1, 1, 3], { data: [1, 2, 3] }, 'BYTES'), 400, /has the shape/],
    ['pixels as bytes', pictures([1], { data: ['AAAA'] }), 400, /has the shape \[1\]/],
    ['channels first', pictures([1, 3, 1, 1], { data: [1, 2, 3] }), 400, /expected \[n, height, width, 3\]/],
    ['no batch', pictures([1, 1, 3], { data: [1, 2, 3] }), 400, /expected \[n, height, width, 3\]/],
    ['five dimensions', pictures([1, 1, 1, 1, 3], { data: [1, 2, 3] }), 400, /shape/],
    ['no dimension', pictures([], { data: [1, 2, 3] }), 400, /shape/],
    ['a batch of none', pictures([0, 1, 1, 3], { data: [] }), 400, /shape\.0/],
    ['a height below 0', pictures([1, -1, 1, 3], { data: [1, 2, 3] }), 400, /shape\.1/],
    ['half a pixel', pictures([1, 1, 0.5, 3], { data: [1, 2, 3] }), 400, /shape\.2/],
    ['a shape of text', pictures(['1', 1, 1, 3], { data: [1, 2, 3] }), 400, /shape\.0/],
    [
      'a shape of 2⁶⁴',
      `{"inputs":[{"name":"pictures","datatype":"UINT8","shape":[1,18446744073709551616,1,3],"data":[]}]}`,
      400,
      /shape\.1/,
    ],
    [
      'an infinite shape',
      `{"inputs":[{"name":"pictures","datatype":"UINT8","shape":[1,1e999,1,3],"data":[]}]}`,
      400,
      /shape\.1/,
    ],
    [
      'a product past 2⁵³',
      pictures([2 ** 52, 2 ** 52, 2 ** 52, 3], { data: [] }),
      413,
      /at most 256 pictures/,
    ],
    ['a product past 2⁶⁴', pictures([1, 2 ** 52, 2 ** 52, 3], { data: [] }), 413, /limit of 25000000/],
    ['257 pictures', pictures([257, 1, 1, 3], { data: [] }), 413, /at most 256 pictures/],
    ['257 files', pictures([257], { data: [] }, 'BYTES'), 413, /at most 256 pictures/],
    ['pixels claimed and not sent', pictures([256, 4999, 5000, 3], { data: [1, 2, 3] }), 400, /not as long/],
    ['too few numbers', pictures([1, 1, 2, 3], { data: [1, 2, 3, 4, 5] }), 400, /not as long/],
    ['too many numbers', pictures([1, 1, 1, 3], { data: [1, 2, 3, 4] }), 400, /not as long/],
    [
      'data nested otherwise',
      pictures([1, 1, 2, 3], { data: [[[[1, 2]], [[3, 4]], [[5, 6]]]] }),
      400,
      /nested/,
    ],
    ['data nested in part', pictures([1, 1, 2, 3], { data: [[[[1, 2, 3], 4]]] }), 400, /nested/],
    ['data that is no list', pictures([1, 1, 1, 3], { data: 'AQID' }), 400, /not as long/],
    ['null for data', pictures([1, 1, 1, 3], { data: null }), 400, /not as long/],
    ['256', pictures([1, 1, 1, 3], { data: [1, 2, 256] }), 400, /whole numbers from 0 to 255/],
    ['−1', pictures([1, 1, 1, 3], { data: [1, 2, -1] }), 400, /whole numbers from 0 to 255/],
    ['0.5', pictures([1, 1, 1, 3], { data: [1, 2, 0.5] }), 400, /whole numbers from 0 to 255/],
    ['1e308', pictures([1, 1, 1, 3], { data: [1, 2, 1e308] }), 400, /whole numbers from 0 to 255/],
    [
      'NaN',
      '{"inputs":[{"name":"pictures","datatype":"UINT8","shape":[1,1,1,3],"data":[1,2,NaN]}]}',
      400,
      /no JSON/,
    ],
    ['null as a number', pictures([1, 1, 1, 3], { data: [1, 2, null] }), 400, /whole numbers from 0 to 255/],
    ['true as a number', pictures([1, 1, 1, 3], { data: [1, 2, true] }), 400, /whole numbers from 0 to 255/],
    [
      'text as numbers',
      pictures([1, 1, 1, 3], { data: ['1', '2', '3'] }),
      400,
      /whole numbers from 0 to 255/,
    ],
    ['neither data nor its size', pictures([1, 1, 1, 3], {}), 400, /either data or/],
    [
      'data and its size',
      pictures([1, 1, 1, 3], { data: [1, 2, 3], parameters: { binary_data_size: 3 } }),
      400,
      /either data or/,
    ],
    [
      'a size and nothing there',
      pictures([1, 1, 1, 3], { parameters: { binary_data_size: 3 } }),
      400,
      /0 bytes follow/,
    ],
    [
      'a size below 0',
      pictures([1, 1, 1, 3], { parameters: { binary_data_size: -1 } }),
      400,
      /binary_data_size/,
    ],
    [
      'shared memory',
      pictures([1, 1, 1, 3], { parameters: { shared_memory_region: 'a' } }),
      400,
      /no shared memory/,
    ],
    ['another output', { ...GOOD, outputs: [{ name: 'logits' }] }, 400, /outputs\.0\.name/],
    ['an output twice', { ...GOOD, outputs: [{ name: 'class' }, { name: 'class' }] }, 400, /twice/],
    [
      'three outputs',
      { ...GOOD, outputs: [{ name: 'class' }, { name: 'class' }, { name: 'class' }] },
      400,
      /outputs/,
    ],
    [
      'sorted classes',
      { ...GOOD, outputs: [{ name: 'probabilities', parameters: { classification: 3 } }] },
      400,
      /output class/,
    ],
    [
      'a text for binary_data',
      { ...GOOD, outputs: [{ name: 'class', parameters: { binary_data: 'yes' } }] },
      400,
      /binary_data/,
    ],
    ['parameters that are a list', { ...GOOD, parameters: [] }, 400, /parameters/],
    ['an id that is a number', { ...GOOD, id: 7 }, 400, /id/],
    ['an id of 10 kB', { ...GOOD, id: 'x'.repeat(10_000) }, 400, /id/],
    ['text that is no base64', pictures([1], { data: ['§'] }, 'BYTES'), 400, /no base64/],
    ['a file cut off', pictures([1], { data: ['/9j/4AAQ'] }, 'BYTES'), 400, /truncated or damaged/],
    ['no picture', pictures([1], { data: ['AAAA'] }, 'BYTES'), 415, /no JPEG, PNG or WebP/],
    ['an empty file', pictures([1], { data: [''] }, 'BYTES'), 400, /empty/],
    ['numbers as files', pictures([3], { data: [1, 2, 3] }, 'BYTES'), 400, /strings/],
    ['fewer files than the shape has', pictures([2], { data: ['AAAA'] }, 'BYTES'), 400, /strings/],
    ['JSON 50,000 deep', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 400, /nested far deeper/],
    ['data 50,000 deep', `{"inputs":[{"data":${'['.repeat(50_000)}`, 400, /nested far deeper/],
    ['__proto__', '{"__proto__":{"inputs":[]},"constructor":1}', 400, /inputs/],
  ])('%s', async (_, json, status, error) => {
    expect(await refusal({ json })).toEqual([status, expect.stringMatching(error)])
  })

  it('say which picture of many is damaged', async () => {
    const good = png.toString('base64')
    const json = pictures([3], { data: [good, good, png.subarray(0, 60).toString('base64')] }, 'BYTES')
    expect(await refusal({ json })).toEqual([400, expect.stringMatching(/^picture 2: truncated or damaged/)])
  })

  const sized = (size: number, shape: readonly number[] = [1, 1, 1, 3], datatype?: string) =>
    pictures(shape, { parameters: { binary_data_size: size } }, datatype)
  const three = Uint8Array.of(1, 2, 3)
  it.each<[name: string, body: InferBody, error: RegExp]>([
    [
      'a header length beyond the body',
      { json: GOOD, headerLength: '100000' },
      /must be the bytes of the JSON/,
    ],
    ['a header length of 0', { json: GOOD, headerLength: '0' }, /must be the bytes/],
    ['a header length below 0', { json: GOOD, headerLength: '-5' }, /must be the bytes/],
    ['a header length in words', { json: GOOD, headerLength: 'ten' }, /must be the bytes/],
    ['a header length of 1e3', { json: GOOD, headerLength: '1e3' }, /must be the bytes/],
    ['a header length of 2⁶⁴', { json: GOOD, headerLength: '18446744073709551616' }, /must be the bytes/],
    ['a header length within the JSON', { json: GOOD, headerLength: '20' }, /no JSON/],
    [
      'binary data longer than its size',
      { json: sized(3), binary: Uint8Array.of(1, 2, 3, 4) },
      /4 bytes follow .* has 3/,
    ],
    ['binary data shorter than its size', { json: sized(4), binary: three }, /3 bytes follow .* has 4/],
    ['a size of 2⁵³', { json: sized(2 ** 53 - 1), binary: three }, /3 bytes follow/],
    ['binary data shorter than its shape', { json: sized(3, [1, 1, 2, 3]), binary: three }, /not as long/],
    [
      'binary data longer than its shape',
      { json: sized(6, [1, 1, 1, 3]), binary: new Uint8Array(6) },
      /not as long/,
    ],
    ['a shape of terabytes', { json: sized(3, [256, 5000, 5000, 3]), binary: three }, /not as long/],
    ['binary data nobody names', { json: GOOD, binary: three }, /3 bytes follow .* has 0/],
    [
      'JSON and binary data',
      {
        json: pictures([1, 1, 1, 3], { data: [1, 2, 3], parameters: { binary_data_size: 3 } }),
        binary: three,
      },
      /either data or/,
    ],
    [
      'an element longer than the data',
      { json: sized(8, [1], 'BYTES'), binary: Uint8Array.of(255, 255, 255, 255, 1, 2, 3, 4) },
      /not 1 elements/,
    ],
    ['half a length', { json: sized(3, [1], 'BYTES'), binary: three }, /not 1 elements/],
    [
      'fewer elements than the shape has',
      { json: sized(7, [2], 'BYTES'), binary: elements(three) },
      /not 2 elements/,
    ],
    [
      'more elements than the shape has',
      { json: sized(14, [1], 'BYTES'), binary: elements(three, three) },
      /not 1 elements/,
    ],
    ['no element', { json: sized(0, [1], 'BYTES'), binary: new Uint8Array(0) }, /not 1 elements/],
    ['an empty element', { json: sized(4, [1], 'BYTES'), binary: new Uint8Array(4) }, /picture is empty/],
  ])('%s is refused', async (_, body, error) => {
    expect(await refusal(body)).toEqual([400, expect.stringMatching(error)])
  })

  it.each([
    ['GET', '/v2/models/none', 404, /no such model/],
    ['GET', '/v2/models/none/ready', 404, /no such model/],
    ['POST', '/v2/models/none/infer', 404, /no such model/],
    ['GET', '/v2/models/brightness/versions/2', 404, /no such version .* test-1/],
    ['GET', '/v2/models/brightness/versions/2/ready', 404, /no such version/],
    ['POST', '/v2/models/brightness/versions/2/infer', 404, /no such version/],
    ['GET', '/v2/models/__proto__', 404, /no such model/],
    ['GET', '/v2/models/%ff', 404, /no such model/],
    ['GET', '/v2/models', 404, /no such route/],
    ['GET', '/v2/models/', 404, /no such route/],
    ['GET', '/v2/health', 404, /no such route/],
    ['POST', '/v2/repository/models/brightness/load', 404, /no such route/],
    ['GET', INFER, 405, /takes POST/],
    ['DELETE', '/v2/models/brightness', 405, /takes GET/],
    ['POST', '/v2', 405, /takes GET/],
  ])('%s %s is answered with %i in the form of the protocol', async (method, path, status, error) => {
    const init = method === 'POST' ? inferRequest({ json: GOOD }) : { method }
    expect(await inferErrorOf(await server.ask(path, init))).toEqual([status, expect.stringMatching(error)])
  })

  it('a media type or an encoding of another kind is refused with 415', async () => {
    const { body } = inferRequest({ json: GOOD })
    for (const headers of [
      { 'content-type': 'image/png' },
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    ] as Record<string, string>[])
      expect((await inferErrorOf(await server.ask(INFER, { method: 'POST', body, headers })))[0]).toBe(415)
  })

  it('a body without a media type is taken, as clients of the protocol send it', async () => {
    const text = JSON.stringify(GOOD)
    const head = `POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${text.length}\r\n\r\n`
    expect(await converse(server.port, [head, text])).toMatch(/^HTTP\/1.1 200 /)
  })

  it('a body over the limit is refused with 413, as claimed and as it comes', async () => {
    const { ask, port } = await serveApp({ limits: { bodyBytes: 1000 } })
    const init = inferRequest({ json: GOOD, binary: new Uint8Array(2000) })
    expect((await inferErrorOf(await ask(INFER, init)))[0]).toBe(413)
    const chunk = `${(2000).toString(16)}\r\n${' '.repeat(2000)}\r\n`
    const head = `POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`
    expect(await converse(port, [head, chunk])).toMatch(/^HTTP\/1.1 413 /)
  })

  it('32 MiB of numbers, brackets or objects are refused before they become objects', async () => {
    const frame = JSON.stringify(pictures([1, 1, 1, 3], { data: ['X'] }))
    for (const unit of ['1,', '[],', '{},', '{"":0},']) {
      const filling = unit.repeat((32 * 2 ** 20 - 500) / unit.length)
      const before = process.memoryUsage().rss
      const [status, error] = await refusal({ json: frame.replace('"X"', filling.slice(0, -1)) })
      expect([status, error]).toEqual([413, expect.stringMatching(/Send the tensor as binary data/)])
      expect(process.memoryUsage().rss - before).toBeLessThan(400e6)
    }
  }, 60_000)

  it('any JSON and any bytes after it are answered with 200 or 4xx, and the server goes on', async () => {
    const value = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.constantFrom(0, 1, 3, -1, 255, 2 ** 53, 1e308, null, true, '', 'AAAA', 'UINT8', 'BYTES', 'pictures'),
      fc.array(fc.integer({ min: -1, max: 256 }), { maxLength: 12 }),
      fc.jsonValue({ maxDepth: 3 }),
    )
    const tensor = fc.record(
      {
        name: fc.oneof({ weight: 9, arbitrary: fc.constant('pictures') }, value),
        datatype: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('UINT8', 'BYTES') }, value),
        shape: fc.oneof(
          fc.constantFrom([1, 1, 1, 3], [2, 1, 1, 3], [1, 2, 2, 3], [1], [2]),
          fc.array(value, { maxLength: 5 }),
        ),
        data: value,
        parameters: fc.oneof(fc.record({ binary_data_size: fc.oneof(fc.nat(20), value) }), value),
      },
      { requiredKeys: [] },
    )
    const json = fc.record(
      {
        id: value,
        inputs: fc.oneof(fc.tuple(tensor), value),
        outputs: fc.oneof(fc.array(fc.record({ name: value, parameters: value })), value),
        parameters: value,
      },
      { requiredKeys: ['inputs'] },
    )
    const length = fc.oneof(fc.constant(undefined), fc.nat(60).map(String), fc.constantFrom('-1', 'x', '1e9'))
    const statuses = new Set<number>()
    await fc.assert(
      fc.asyncProperty(json, fc.uint8Array({ maxLength: 20 }), length, async (sent, binary, headerLength) => {
        // JSON has no NaN and no infinity: what becomes null there is a value like others.
        const body = { json: sent, binary, ...(headerLength === undefined ? {} : { headerLength }) }
        const request = new Request(`http://localhost${INFER}`, inferRequest(body))
        const response = await server.app.fetch(request)
        statuses.add(response.status)
        if (response.status !== 200) expect((await inferErrorOf(response))[0]).toBeLessThan(500)
      }),
      { numRuns: 3000 },
    )
    expect(statuses).toContain(400)
    const good = new Request(`http://localhost${INFER}`, inferRequest({ json: GOOD }))
    expect((await server.app.fetch(good)).status).toBe(200)
  }, 120_000)
})
