import sharp from 'sharp'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { type Gauges, parseKeys, type RequestRecord, type ServedModel } from '../../../src/api/index.ts'
import { decodePicture } from '../../../src/io/pictures/decode-picture.ts'
import { VERSION } from '../../../src/version.ts'
import { brightnessModel, pictureBody, rowsOf, serveApp, type TestServer } from '../api-server.ts'
import { galaxyPictures, plain } from '../galaxy-pictures.ts'
import { elements, inferAnswerOf, inferErrorOf, inferRequest, pictures } from './infer-request.ts'

const INFER = '/v2/models/brightness/infer'

/** Class 9 has the mean of a picture's bytes over 255, the other nine share the rest. */
const brightness = (value: number) => {
  const mean = Math.fround(value / 255)
  return [...new Array<number>(9).fill(Math.fround((1 - value / 255) / 9)), mean]
}

let server: TestServer
const records: RequestRecord[] = []
beforeAll(async () => {
  server = await serveApp({
    classifiers: [brightnessModel(), brightnessModel({ name: 'runs/a b/best.safetensors' })],
    observers: [{ request: (record) => records.push(record) }],
  })
})

const infer = async (body: Parameters<typeof inferRequest>[0], path = INFER) =>
  inferAnswerOf(await server.ask(path, inferRequest(body)))

describe('metadata and health of /v2', () => {
  const get = async (path: string) => {
    const response = await server.ask(path)
    return [response.status, await response.json()]
  }

  it('name the server, its version and the extension that it has', async () => {
    const expected = { name: 'puregalaxy', version: VERSION, extensions: ['binary_tensor_data'] }
    expect(await get('/v2')).toEqual([200, expected])
  })

  it('describe the tensors of a model, with -1 for what may vary', async () => {
    const expected = {
      name: 'brightness',
      versions: ['test-1'],
      platform: 'puregalaxy_safetensors',
      inputs: [{ name: 'pictures', datatype: 'UINT8', shape: [-1, -1, -1, 3] }],
      outputs: [
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 10] },
        { name: 'class', datatype: 'BYTES', shape: [-1] },
      ],
    }
    expect(await get('/v2/models/brightness')).toEqual([200, expected])
    expect(await get('/v2/models/brightness/versions/test-1')).toEqual([200, expected])
  })

  it.each(['runs/a%20b/best.safetensors', 'runs%2Fa%20b%2Fbest.safetensors'])(
    'find a model whose name has slashes as %s',
    async (name) => {
      const model = 'runs/a b/best.safetensors'
      expect(await get(`/v2/models/${name}`)).toMatchObject([200, { name: model }])
      expect(await get(`/v2/models/${name}/ready`)).toEqual([200, { name: model, ready: true }])
      expect(await get(`/v2/models/${name}/versions/test-1/ready`)).toMatchObject([200, { name: model }])
      const json = pictures([1, 1, 1, 3], { data: [0, 0, 0] })
      for (const path of [`/v2/models/${name}/infer`, `/v2/models/${name}/versions/test-1/infer`])
        expect((await infer({ json }, path)).json.model_name).toBe(model)
    },
  )

  it('tell of live and ready, and that a server which is being stopped is not', async () => {
    const { ask, app } = await serveApp()
    for (const [path, member] of [
      ['/v2/health/live', 'live'],
      ['/v2/health/ready', 'ready'],
      ['/v2/models/brightness/ready', 'ready'],
    ] as const) {
      const response = await ask(path)
      expect([response.status, ((await response.json()) as Record<string, boolean>)[member]]).toEqual([
        200,
        true,
      ])
    }
    await app.drain()
    for (const path of ['/v2/health/ready', '/v2/models/brightness/ready']) {
      const response = await ask(path)
      expect([response.status, ((await response.json()) as { ready: boolean }).ready]).toEqual([503, false])
    }
    const [status, error] = await inferErrorOf(await ask(INFER, inferRequest({ json: {} })))
    expect([status, error]).toEqual([503, expect.stringMatching(/being stopped/)])
  })

  it('tell a model that cannot run from others, which can', async () => {
    const broken: ServedModel = { ...brightnessModel({ name: 'broken' }), unavailable: 'The engine is down.' }
    const { ask } = await serveApp({ classifiers: [brightnessModel(), broken] })
    const statuses = ['/v2/models/brightness/ready', '/v2/models/broken/ready', '/v2/health/ready'].map(
      async (path) => (await ask(path)).status,
    )
    expect(await Promise.all(statuses)).toEqual([200, 503, 503])
    const response = await ask('/v2/models/broken/infer', inferRequest({ json: {} }))
    expect(await inferErrorOf(response)).toEqual([503, 'The engine is down.'])
  })

  it('are routes of their own in the log and the metrics', () => {
    const routes = new Set(records.map(({ route }) => route))
    for (const route of ['/v2', '/v2/models/:name', '/v2/models/:name/infer', '/v2/models/:name/ready'])
      expect(routes).toContain(route)
  })
})

describe('POST /v2/models/{name}/infer', () => {
  const grey = (...values: number[]) => values.flatMap((value) => [value, value, value])

  it('takes pixels in JSON, in one list or nested as the shape is', async () => {
    for (const data of [grey(51, 204), [[[grey(51)]], [[grey(204)]]]]) {
      const { json } = await infer({ json: { id: 'night 7', ...pictures([2, 1, 1, 3], { data }) } })
      expect(json).toEqual({
        model_name: 'brightness',
        model_version: 'test-1',
        id: 'night 7',
        outputs: [
          {
            name: 'probabilities',
            datatype: 'FP32',
            shape: [2, 10],
            data: [...brightness(51), ...brightness(204)],
          },
          {
            name: 'class',
            datatype: 'BYTES',
            shape: [2],
            data: ['edge_on_with_bulge', 'edge_on_with_bulge'],
          },
        ],
      })
    }
  })

  it('answers no id where none was sent', async () => {
    const { json } = await infer({ json: pictures([1, 1, 1, 3], { data: [1, 2, 3] }) })
    expect(json).not.toHaveProperty('id')
  })

  it('takes and gives binary data, which says the same as JSON', async () => {
    const binary = Uint8Array.from(grey(51, 204))
    const sent = pictures([2, 1, 1, 3], { parameters: { binary_data_size: 6 } })
    const plainly = await infer({ json: sent, binary })
    const answer = await infer({ json: { ...sent, parameters: { binary_data_output: true } }, binary })
    const [probabilities, kind] = answer.json.outputs
    expect(probabilities!.parameters).toEqual({ binary_data_size: 2 * 10 * 4 })
    expect(answer.binary).toHaveLength(80 + kind!.parameters!.binary_data_size)
    const values = Array.from({ length: 20 }, (_, at) => answer.binary.readFloatLE(4 * at))
    expect(values).toEqual(plainly.json.outputs[0]!.data)
    const slugs = plainly.json.outputs[1]!.data!.map((slug) => Buffer.from(String(slug)))
    expect(answer.binary.subarray(80)).toEqual(elements(...slugs))
  })

  it('gives the outputs that are wanted, in their order, each as it is wanted', async () => {
    const { json, binary } = await infer({
      json: {
        ...pictures([1, 1, 1, 3], { data: grey(255) }),
        parameters: { binary_data_output: true },
        outputs: [{ name: 'class', parameters: { binary_data: false } }, { name: 'probabilities' }],
      },
    })
    expect(json.outputs).toEqual([
      { name: 'class', datatype: 'BYTES', shape: [1], data: ['edge_on_with_bulge'] },
      { name: 'probabilities', datatype: 'FP32', shape: [1, 10], parameters: { binary_data_size: 40 } },
    ])
    expect(binary).toHaveLength(40)
    const only = await infer({
      json: { ...pictures([1, 1, 1, 3], { data: grey(255) }), outputs: [{ name: 'class' }] },
    })
    expect(only.json.outputs.map(({ name }) => name)).toEqual(['class'])
  })

  it('takes files as BYTES, in base64 or as binary data', async () => {
    const files = [
      await plain(51),
      await sharp(await plain(204))
        .webp({ lossless: true })
        .toBuffer(),
    ]
    const expected = [...brightness(51), ...brightness(204)]
    const data = files.map((file) => file.toString('base64'))
    const inJson = await infer({ json: pictures([2], { data }, 'BYTES') })
    expect(inJson.json.outputs[0]!.data).toEqual(expected)
    const binary = elements(...files)
    const json = pictures([2], { parameters: { binary_data_size: binary.length } }, 'BYTES')
    expect((await infer({ json, binary })).json.outputs[0]!.data).toEqual(expected)
  })

  it('leaves parameters alone that it does not know, and members of other servers', async () => {
    const { json } = await infer({
      json: {
        model_name: 'of a proxy',
        parameters: { priority: 3, headers: { a: 'b' } },
        ...pictures([1, 1, 1, 3], { data: [1, 2, 3], parameters: { content_type: 'np' } }),
      },
    })
    expect(json.outputs).toHaveLength(2)
  })

  it.each([
    [[90, 120], 'wide'],
    [[301, 200], 'tall'],
    [[8, 8], "of the model's size"],
    [[5, 3], 'small'],
    [[1, 40], 'a line'],
  ] as const)('resizes pixels of %j (%s) as classify does those of a file', async ([height, width], _) => {
    const seen: Uint8Array[] = []
    const model = brightnessModel()
    const watched = {
      ...model,
      predict: (pixels: Uint8Array) => {
        seen.push(Uint8Array.from(pixels))
        return model.predict(pixels)
      },
    }
    const { ask } = await serveApp({ classifiers: [watched] })
    const file = await sharp((await galaxyPictures())['colour.png'])
      .resize(width, height, { fit: 'fill' })
      .png()
      .toBuffer()
    const pixels = await sharp(file).raw().toBuffer()
    seen.length = 0
    const sent = pictures([1, height, width, 3], { parameters: { binary_data_size: pixels.length } })
    await inferAnswerOf(await ask(INFER, inferRequest({ json: sent, binary: pixels })))
    await rowsOf(await ask('/v1/classify', pictureBody(file)))
    expect(seen).toHaveLength(2)
    expect(seen[0]).toEqual(seen[1])
    expect(seen[0]).toEqual(Uint8Array.from((await decodePicture(file, { size: [8, 8] })).data))
  })

  it('counts pictures of a tensor as those of other requests', async () => {
    const outcomes: string[] = []
    const seen: RequestRecord[] = []
    const { ask } = await serveApp({
      observers: [
        {
          request: (record) => seen.push(record),
          picture: (model, outcome) => outcomes.push(`${model} ${outcome}`),
        },
      ],
    })
    await ask(INFER, inferRequest({ json: pictures([2, 1, 1, 3], { data: [0, 0, 0, 0, 0, 0] }) }))
    const bad = { json: pictures([1], { data: ['AAAA'] }, 'BYTES') }
    expect((await inferErrorOf(await ask(INFER, inferRequest(bad))))[0]).toBe(415)
    expect(outcomes).toEqual(['brightness classified', 'brightness classified', 'brightness refused'])
    expect(seen).toMatchObject([
      { route: '/v2/models/:name/infer', status: 200, pictures: 2 },
      { status: 415, pictures: 1, code: 'api.picture-format' },
    ])
  })

  it('shares its batches with other requests', async () => {
    const runs: number[] = []
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const model = brightnessModel({
      work: async (count) => {
        runs.push(count)
        if (runs.length === 3) await held
      },
    })
    const waiting = async (gauges: Gauges) => ({
      text: String(gauges.depths().get('brightness')),
      contentType: 'text/plain',
    })
    const { ask } = await serveApp({
      classifiers: [model],
      limits: { batch: 4, batchDelay: 60_000 },
      metrics: waiting,
    })
    expect(runs).toEqual([4, 1])
    const pixels = (count: number) =>
      ask(INFER, inferRequest({ json: pictures([count, 1, 1, 3], { data: new Array(3 * count).fill(0) }) }))
    const first = pixels(1)
    await vi.waitUntil(() => runs.length === 3)
    const file = pictureBody(await plain(51))
    const others = [pixels(1), pixels(2), ask('/v1/classify', file)]
    await vi.waitUntil(async () => (await (await ask('/metrics')).text()) === '5')
    release()
    for (const response of [first, ...others]) expect((await response).status).toBe(200)
    expect(runs).toEqual([4, 1, 1, 4])
  })

  it('ends at the deadline with 503 in the form of the protocol', async () => {
    const slow = brightnessModel({ work: () => new Promise((done) => setTimeout(done, 400)) })
    const { ask } = await serveApp({ classifiers: [slow], limits: { deadline: 100, batch: 1 } })
    const json = pictures([2, 1, 1, 3], { data: [0, 0, 0, 0, 0, 0] })
    const response = await ask(INFER, inferRequest({ json }))
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await inferErrorOf(response)).toEqual([503, expect.stringMatching(/not done within 0.1 s/)])
  })

  it('asks for a key where there are keys, and tells so in the form of the protocol', async () => {
    const hash = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b'
    const { ask } = await serveApp({ keys: parseKeys(`pipeline ${hash}`) })
    const init = inferRequest({ json: pictures([1, 1, 1, 3], { data: [1, 2, 3] }) })
    const response = await ask(INFER, init)
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect(await inferErrorOf(response)).toEqual([401, expect.stringMatching(/A key is expected/)])
    const headers = { ...init.headers, authorization: 'Bearer secret' }
    expect((await ask(INFER, { ...init, headers })).status).toBe(200)
  })
})
