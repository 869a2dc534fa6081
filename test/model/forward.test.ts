import '@tensorflow/tfjs-backend-cpu'
import { setBackend, type Tensor, type Tensor4D, tensor, tidy } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { HostTensor } from '../../src/engine/types.ts'
import { createModel, type ModelConfig } from '../../src/model/index.ts'
import { RandomStream } from '../../src/random/index.ts'

beforeAll(async () => {
  await setBackend('cpu')
})

const upload = ({ data, shape }: HostTensor): Tensor => tensor(data, [...shape])

/** Standard normal pictures. */
function pictures(shape: [number, number, number, number]): Tensor4D {
  const stream = new RandomStream(5)
  const data = Float32Array.from({ length: shape[0] * shape[1] * shape[2] * 3 }, () => stream.normal())
  return tensor(data, shape)
}

const variants: Partial<ModelConfig>[] = [
  {},
  { shortcut: 'A' },
  { finalReLU: true },
  { exponentClip: 20 },
  { width: 0.5 },
  { stem: 'imagenet' },
]

describe('a forward pass', () => {
  it.each([
    ...variants.map((variant) => ({ architecture: 'pure20', ...variant })),
    { architecture: 'resnet20' },
    { architecture: 'resnet20', shortcut: 'A' as const },
    { architecture: 'pure18', width: 0.25 },
    { architecture: 'pure50', width: 0.125 },
    { architecture: 'resnet50', width: 0.125 },
  ])('of %j gives finite logits in both modes, right after initialisation', (config) => {
    tidy(() => {
      const model = createModel(config)
      const first = model.initialise(3)
      const parameters = first.parameters.map(upload)
      const statistics = first.statistics.map(upload)
      const images = pictures([2, 33, 30, 3])
      for (const mode of ['training', 'inference'] as const) {
        const result = model.forward(parameters, statistics, images, mode)
        expect(result.logits.shape).toEqual([2, 10])
        for (const { name, output } of result.layers) {
          expect(output.dataSync().every(Number.isFinite), `${name} in ${mode}`).toBe(true)
        }
        const units = model.parameters.filter(({ kind }) => kind === 'theta').length
        expect(result.health()).toHaveLength(units)
        if (mode === 'training') {
          expect(result.batchStatistics.map(({ shape }) => shape)).toEqual(
            model.statistics.map(({ shape }) => shape),
          )
          expect(result.batchCounts).toHaveLength(model.statistics.length)
        } else {
          expect(result.batchStatistics).toEqual([])
        }
      }
    })
  })

  it('refuses a wrong number of tensors', () => {
    const model = createModel({ architecture: 'pure20' })
    expect(() => model.forward([], [], pictures([1, 8, 8, 3]), 'training')).toThrow(/given 0 parameters/)
  })
})
