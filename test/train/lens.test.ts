import { type Tensor4D, tensor } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withBackend } from '../../src/engine/backend.ts'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { createModel, type ModelConfig, normalise } from '../../src/model/index.ts'
import { RandomStream } from '../../src/random/index.ts'
import { GALAXY10_DECALS } from '../../src/survey/index.ts'
import { openLens, type TrainedModel } from '../../src/train/index.ts'
import { upload } from '../model/tensors.ts'

const SIDE = 12
const SIZE = SIDE * SIDE * 3
const normalisation = { mean: [0.5, 0.4, 0.3], std: [0.25, 0.25, 0.25] } as const

let cpu: Engine
beforeAll(async () => {
  cpu = await openEngine('cpu')
})
afterAll(() => cpu.dispose())

function trainedModel(config: Partial<ModelConfig> = {}): TrainedModel {
  const model = createModel({ architecture: 'pure20', width: 0.25, inputSize: [SIDE, SIDE, 3], ...config })
  const { parameters, statistics } = model.initialise(3)
  const stream = new RandomStream(8)
  return {
    name: 'tiny',
    config: model.config,
    // Floors and statistics as training might leave them, each another.
    parameters: parameters.map((weights, at) =>
      model.parameters[at]!.kind === 'theta' ? { ...weights, data: Float32Array.of(-at / 40) } : weights,
    ),
    statistics: statistics.map(({ shape, dtype, data }) => ({
      shape,
      dtype,
      data: Float32Array.from(data, (value) => value + 0.2 * stream.uniform()),
    })),
    metadata: { classes: GALAXY10_DECALS, normalisation, temperature: null, version: 'test', provenance: {} },
  }
}

const stream = new RandomStream(5)
/** The later the brighter, so that a picture left out or counted twice shows. */
const pictures = Uint8Array.from(
  { length: 5 * SIZE },
  (_, i) => 40 * Math.floor(i / SIZE) + stream.integer(90),
)

/** One forward pass with all pictures at once; floors and exponents counted from the layers' outputs. */
function direct({ config, parameters, statistics }: TrainedModel) {
  const model = createModel(config)
  return withBackend('cpu', () => {
    const images = tensor(Int32Array.from(pictures), [5, SIDE, SIDE, 3], 'int32') as Tensor4D
    const { layers } = model.forward(
      parameters.map(upload),
      statistics.map(upload),
      normalise(images, normalisation),
      'inference',
    )
    return layers.flatMap(({ name, output }, at) => {
      if (!/second\.(product|floor)$/.test(name)) return []
      const theta = parameters[model.parameters.findIndex((spec) => spec.name === `${name}.theta`)]!.data[0]!
      const inputs = [...layers[at - 1]!.output.dataSync()]
      const floor = Math.log1p(Math.exp(theta)) + 1e-7
      const logs = name.endsWith('product') ? [...output.dataSync()].map(Math.log) : undefined
      return {
        name,
        theta,
        floorHitFraction: inputs.filter((value) => value < floor).length / inputs.length,
        exponentMin: logs ? Math.min(...logs) : null,
        exponentMax: logs ? Math.max(...logs) : null,
      }
    })
  })
}

describe('the lens', () => {
  // Batches of 2, 2 and 1; of 3 and 2; one that is larger than all the pictures.
  it.each([2, 3, 8])(
    'gives what a direct computation gives, in batches of %i, the last not full',
    async (batchSize) => {
      const trained = trainedModel()
      const lens = await openLens(trained, cpu, batchSize)
      const [found, expected] = [await lens.measure(pictures), direct(trained)]
      lens.dispose()
      expect(expected).toHaveLength(9)
      expect(found.map(({ name }) => name)).toEqual(expected.map(({ name }) => name))
      for (const [unit, want] of expected.entries()) {
        const got = found[unit]!
        expect(got.theta).toBe(want.theta)
        expect(got.floorHitFraction).toBeCloseTo(want.floorHitFraction, 6)
        expect(got.exponentMin).toBeCloseTo(want.exponentMin!, 4)
        expect(got.exponentMax).toBeCloseTo(want.exponentMax!, 4)
      }
    },
  )

  it('gives the same on engine onnx, but for what rounding moves over a floor', async () => {
    const trained = trainedModel()
    const onnx = await openEngine('onnx', { threads: 1, purpose: 'inference' })
    const lens = await openLens(trained, onnx, 3)
    for (const [unit, want] of direct(trained).entries()) {
      const got = (await lens.measure(pictures))[unit]!
      expect(got.floorHitFraction).toBeCloseTo(want.floorHitFraction, 3)
      expect(got.exponentMin).toBeCloseTo(want.exponentMin!, 4)
      expect(got.exponentMax).toBeCloseTo(want.exponentMax!, 4)
    }
    lens.dispose()
    await onnx.dispose()
  })

  it('gives floors without exponents where a floor alone is in the place of product units', async () => {
    const trained = trainedModel({ secondLayer: 'floor' })
    const lens = await openLens(trained, cpu, 2)
    const found = await lens.measure(pictures)
    const expected = direct(trained)
    expect(found).toHaveLength(9)
    for (const [unit, { floorHitFraction, ...rest }] of expected.entries()) {
      expect(found[unit]).toMatchObject(rest)
      expect(found[unit]!.floorHitFraction).toBeCloseTo(floorHitFraction, 6)
    }
  })

  it.each([{ architecture: 'resnet20' }, { secondLayer: 'convolution' }] satisfies Partial<ModelConfig>[])(
    'finds nothing to look at in %j',
    async (config) => {
      const lens = await openLens(trainedModel(config), cpu, 2)
      expect(await lens.measure(pictures)).toEqual([])
      lens.dispose()
    },
  )

  it('refuses bytes that are no whole pictures, and none', async () => {
    const lens = await openLens(trainedModel(), cpu, 2)
    await expect(lens.measure(pictures.subarray(1))).rejects.toMatchObject({ code: 'train.size' })
    await expect(lens.measure(new Uint8Array(0))).rejects.toThrow(
      /tiny takes pictures of 12×12×3 bytes, at least one/,
    )
    lens.dispose()
  })
})
