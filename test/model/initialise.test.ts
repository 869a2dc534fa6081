import '@tensorflow/tfjs-backend-cpu'
import { setBackend, tensor4d } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { createModel, type ModelConfig, normalise } from '../../src/model/index.ts'

beforeAll(async () => {
  await setBackend('cpu')
})

/** Standard deviation (about 0) of each parameter, by name. */
function deviations(config: Partial<ModelConfig> & { architecture: string }) {
  const model = createModel(config)
  const { parameters } = model.initialise(7)
  return model.parameters.map((spec, position) => {
    const data = Float64Array.from(parameters[position]!.data)
    return {
      ...spec,
      deviation: Math.sqrt(data.reduce((total, value) => total + value * value, 0) / data.length),
    }
  })
}

describe('first weights', () => {
  it('have the standard deviations that their rules state, within 5 %', () => {
    for (const { kind, shape, deviation, name } of deviations({ architecture: 'pure50', width: 0.5 })) {
      const [side = 1, , from = 1, to = 1] = shape
      if (kind === 'kernel') expect(deviation * Math.sqrt((side * side * to) / 2), name).toBeCloseTo(1, 1)
      if (kind === 'exponents') expect(deviation * Math.sqrt(27 * from), name).toBeCloseTo(1, 1)
      if (kind === 'weight') expect(deviation * Math.sqrt(3 * side), name).toBeCloseTo(1, 1)
      if (kind === 'gamma') expect(deviation).toBe(1)
      if (kind === 'beta' || kind === 'theta') expect(deviation).toBe(0)
    }
  })

  it('of exponents are larger by the Kaiming rule', () => {
    for (const { kind, shape, deviation } of deviations({
      architecture: 'pure20',
      initialisation: 'kaiming',
    })) {
      if (kind === 'exponents') expect(deviation * Math.sqrt((9 * shape[3]!) / 2)).toBeCloseTo(1, 1)
    }
  })

  it('depend on the seed and nothing else', () => {
    const model = createModel({ architecture: 'pure20' })
    expect(model.initialise(1)).toEqual(createModel({ architecture: 'pure20' }).initialise(1))
    expect(model.initialise(1).parameters[0]).not.toEqual(model.initialise(2).parameters[0])
  })
})

describe('normalise', () => {
  it('maps bytes to (x/255 − mean)/std, channel by channel', () => {
    const images = tensor4d([0, 128, 255, 51, 102, 204], [1, 1, 2, 3], 'int32')
    const values = normalise(images, { mean: [0.5, 0.25, 0.1], std: [0.5, 0.2, 2] }).dataSync()
    const expected = [-1, (128 / 255 - 0.25) / 0.2, 0.45, -0.6, 0.75, 0.35]
    for (const [index, value] of expected.entries()) expect(values[index]).toBeCloseTo(value, 5)
  })
})
