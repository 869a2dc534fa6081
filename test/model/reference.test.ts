import { readFileSync } from 'node:fs'
import '@tensorflow/tfjs-backend-cpu'
import '../../src/engine/gradients.ts'
import {
  mul,
  setBackend,
  sum,
  type Tensor4D,
  tensor,
  tensor4d,
  tidy,
  valueAndGrads,
} from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { createModel, type ParameterSpec } from '../../src/model/index.ts'
import { dot, relativeDifference, wave } from './tensors.ts'

interface Reference {
  config: { architecture: string; width: number; shortcut: 'A' | 'B'; finalReLU: boolean }
  size: [number, number, number]
  training: number[]
  inference: number[]
  gradientProjections: number[]
  gradientNorms: number[]
}

const { networks } = JSON.parse(
  readFileSync(new URL('../reference/forward.json', import.meta.url), 'utf8'),
) as { networks: Reference[] }

beforeAll(async () => {
  await setBackend('cpu')
})

function parameterValues({ kind, shape }: ParameterSpec, k: number): Float64Array {
  const [side = 1, , from = 1, to = 1] = shape
  const scale: Partial<Record<typeof kind, number>> = {
    kernel: Math.sqrt(2 / (side * side * to)),
    exponents: Math.sqrt(1 / (27 * from)),
    gamma: 0.2,
    weight: side ** -0.5,
  }
  return wave(shape, k).map((value) => value * (scale[kind] ?? 0.3) + (kind === 'gamma' ? 1 : 0))
}

describe('logits and gradients agree with PyTorch in float64', () => {
  it.each(networks)('for $config, both modes', ({ config, size, ...expected }) => {
    tidy(() => {
      const model = createModel(config)
      const parameters = model.parameters.map((spec, k) =>
        tensor(Float32Array.from(parameterValues(spec, k)), [...spec.shape]),
      )
      const statistics = model.statistics.map(({ shape, kind }, position) => {
        const k = Math.floor(position / 2)
        const values =
          kind === 'mean'
            ? wave(shape, k).map((value) => 0.2 * value)
            : wave(shape, k + 0.5).map((value) => 0.8 + 0.3 * value)
        return tensor(Float32Array.from(values), [...shape])
      })
      const [n, h, w] = size
      const pictures = wave([n, h, w, 3], 0.25).map((value) => value * 1.5)
      const images: Tensor4D = tensor4d(Float32Array.from(pictures), [n, h, w, 3])

      const inference = model.forward(parameters, statistics, images, 'inference').logits
      expect(relativeDifference(inference.dataSync(), expected.inference)).toBeLessThan(2e-4)
      const training = model.forward(parameters, statistics, images, 'training').logits
      expect(relativeDifference(training.dataSync(), expected.training)).toBeLessThan(2e-4)

      const projection = tensor(Float32Array.from(wave([n, 10], 0.75)), [n, 10])
      const { grads } = valueAndGrads((...current) =>
        sum(mul(model.forward(current, statistics, images, 'training').logits, projection)),
      )(parameters)
      const largest = Math.max(...expected.gradientNorms)
      for (const [k, gradient] of grads.entries()) {
        const { name, shape } = model.parameters[k]!
        const found = dot(gradient.dataSync(), wave(shape, 0.125))
        // A projection may cancel, so its error is measured against the length of the two vectors. Some gradients vanish
        // (a shift that the next normalisation takes off again), and leave the rounding of the largest.
        const norm = Math.max(expected.gradientNorms[k]!, 1e-3 * largest)
        const scale = norm * Math.sqrt(gradient.size / 2)
        expect(Math.abs(found - expected.gradientProjections[k]!) / scale, name).toBeLessThan(1e-3)
      }
    })
  })
})
