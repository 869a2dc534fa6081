import '@tensorflow/tfjs-backend-cpu'
import { conv2d, setBackend, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  countParameters,
  createModel,
  type ModelConfig,
  resolveModelConfig,
  type SecondLayer,
} from '../../src/model/index.ts'
import { relativeDifference, upload, wave } from './tensors.ts'

beforeAll(async () => {
  await setBackend('cpu')
})

const FLOOR = Math.LN2 + 1e-7
const SIDE = 8

/** What each second layer does to its inputs before the convolution and to the sums behind it. */
const FORMULAS: Readonly<Record<SecondLayer, [(x: number) => number, (sum: number) => number]>> = {
  product: [(x) => Math.log(Math.max(x, FLOOR)), Math.exp],
  floor: [(x) => Math.max(x, FLOOR), (sum) => sum],
  'convolution-relu': [(x) => Math.max(x, 0), (sum) => sum],
  convolution: [(x) => x, (sum) => sum],
}

function run(partial: Partial<ModelConfig>, mode: 'training' | 'inference' = 'training') {
  const model = createModel({ architecture: 'pure20', inputSize: [SIDE, SIDE, 3], width: 0.25, ...partial })
  const { parameters, statistics } = model.initialise(3)
  const images = tensor4d(Float32Array.from(wave([2, SIDE, SIDE, 3], 4)), [2, SIDE, SIDE, 3])
  const result = model.forward(parameters.map(upload), statistics.map(upload), images, mode)
  const kernel =
    parameters[
      model.parameters.findIndex(({ name }) => /block1\.second\.\w+\.(kernel|exponents)/.test(name))
    ]!
  return { model, result, kernel }
}

describe('the second layer of a PURe block', () => {
  it.each(Object.entries(FORMULAS) as [SecondLayer, (typeof FORMULAS)['product']][])(
    '%s is what its formula says',
    (secondLayer, [before, after]) => {
      tidy(() => {
        const { result, kernel } = run({ secondLayer })
        const output = (name: string) => result.layers.find((layer) => layer.name === name)!.output
        const input = output('stage1.block1.first.norm')
        const prepared = Float32Array.from(input.dataSync(), before)
        expect(prepared.some((value, at) => value !== input.dataSync()[at])).toBe(
          secondLayer !== 'convolution',
        )
        const sums = conv2d(
          tensor4d(prepared, input.shape as Tensor4D['shape']),
          upload(kernel) as Tensor4D,
          1,
          1,
        )
        const name = secondLayer === 'product' ? 'product' : 'convolution'
        expect(
          relativeDifference(
            output(`stage1.block1.second.${name}`).dataSync(),
            Float32Array.from(sums.dataSync(), after),
          ),
        ).toBeLessThan(1e-5)
      })
    },
  )

  it('of a whole network of convolutions leaves nothing that is not linear: twice the distance, twice the change', () => {
    tidy(() => {
      const model = createModel({ architecture: 'pure20', width: 0.25, secondLayer: 'convolution' })
      const { parameters, statistics } = model.initialise(3)
      const [weights, moments] = [parameters.map(upload), statistics.map(upload)]
      const logits = (factor: number) => {
        const pictures = Float32Array.from(wave([1, 8, 8, 3], 4), (value) => factor * value)
        return model
          .forward(weights, moments, tensor4d(pictures, [1, 8, 8, 3]), 'inference')
          .logits.dataSync()
      }
      const [zero, one, two] = [0, 1, 2].map(logits) as [Float32Array, Float32Array, Float32Array]
      const change = one.map((value, at) => value - zero[at]!)
      expect(
        relativeDifference(
          two.map((value, at) => (value - zero[at]!) / 2),
          change,
        ),
      ).toBeLessThan(1e-4)
    })
  })

  it('reports floors where there are any, and exponents where there are any', () => {
    tidy(() => {
      expect(run({}).result.health()).toHaveLength(9)
      const floors = run({ secondLayer: 'floor' }).result.health()
      expect(floors).toHaveLength(9)
      expect(floors[0]).toMatchObject({ name: 'stage1.block1.second.floor', exponents: null })
      expect(run({ secondLayer: 'convolution' }).result.health()).toEqual([])
      expect(run({ secondLayer: 'convolution-relu' }).result.health()).toEqual([])
    })
  })

  it('is the residual branch of the ResNet twin with convolution-relu, layer by layer', () => {
    const layers = (config: Partial<ModelConfig>) =>
      tidy(() =>
        run(config)
          .result.layers.map(({ name }) => name)
          .filter((name) => /stage2\.block1/.test(name)),
      )
    const kinds = (names: string[]) => names.map((name) => name.split('.').at(-1))
    const own = kinds(layers({ secondLayer: 'convolution-relu', finalReLU: true }))
    expect(own).toEqual(kinds(layers({ architecture: 'resnet20' })))
    expect(own.slice(0, 5)).toEqual(['convolution', 'norm', 'relu', 'convolution', 'norm'])
  })

  it('begins with the rule of kernels where it is a convolution, whatever the rule of exponents', () => {
    for (const secondLayer of ['convolution', 'convolution-relu', 'floor'] as const) {
      const model = createModel({ architecture: 'pure20', secondLayer, initialisation: 'scaled' })
      const position = model.parameters.findIndex(
        ({ name }) => name === 'stage3.block1.second.convolution.kernel',
      )
      const data = Float64Array.from(model.initialise(7).parameters[position]!.data)
      const deviation = Math.sqrt(data.reduce((total, value) => total + value * value, 0) / data.length)
      expect(deviation / Math.sqrt(2 / (9 * 64))).toBeCloseTo(1, 1)
    }
  })
})

describe('parameters of ablations', () => {
  it.each([
    [{}, 272_483],
    [{ secondLayer: 'floor' }, 272_483],
    [{ secondLayer: 'convolution' }, 272_474],
    [{ secondLayer: 'convolution-relu' }, 272_474],
    [{ fixedTheta: true }, 272_474],
    [{ secondLayer: 'floor', fixedTheta: true }, 272_474],
    [{ architecture: 'resnet20' }, 272_474],
  ] satisfies [Partial<ModelConfig>, number][])(
    'of %j are %i: one fewer a unit without a theta to train',
    (config, count) => {
      expect(countParameters({ architecture: 'pure20', ...config })).toBe(count)
    },
  )

  it('keep a fixed theta as a tensor that is not trained', () => {
    const { parameters } = createModel({ architecture: 'pure20', fixedTheta: true })
    expect(parameters.filter(({ trainable }) => !trainable).map(({ kind }) => kind)).toEqual(
      Array(9).fill('theta'),
    )
    expect(parameters.map(({ name }) => name)).toEqual(
      createModel({ architecture: 'pure20' }).parameters.map(({ name }) => name),
    )
  })
})

describe('ablations that there are none of', () => {
  it.each([
    [
      { architecture: 'resnet20', secondLayer: 'floor' },
      /secondLayer is floor, but resnet20 has no product units.*pure20/,
    ],
    [{ architecture: 'resnet20', fixedTheta: true }, /fixedTheta is true, but resnet20 has no product units/],
    [{ architecture: 'pure20', secondLayer: 'convolution', fixedTheta: true }, /convolution has no theta/],
    [
      { architecture: 'pure20', secondLayer: 'convolution-relu', fixedTheta: true },
      /convolution-relu has no theta/,
    ],
    [
      { architecture: 'pure20', secondLayer: 'sum' as SecondLayer },
      /secondLayer is "sum"; expected product or/,
    ],
    [{ architecture: 'pure20', fixedTheta: 'yes' as unknown as boolean }, /fixedTheta is yes/],
  ] satisfies [Partial<ModelConfig> & { architecture: string }, RegExp][])(
    'are refused: %j',
    (config, message) => {
      expect(() => resolveModelConfig(config)).toThrow(message)
    },
  )

  it('do not refuse a clip of exponents that there are none of: it is null, as in a ResNet', () => {
    expect(
      resolveModelConfig({ architecture: 'pure20', secondLayer: 'floor', exponentClip: 20 }).exponentClip,
    ).toBeNull()
  })
})
