import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, type HostTensor, openEngine } from '../../src/engine/index.ts'
import { createModel, type ModelConfig } from '../../src/model/index.ts'
import { RandomStream } from '../../src/random/index.ts'
import { createOptimiser } from '../../src/train/optimisers.ts'
import type { OptimiserOptions } from '../../src/train/options.ts'
import { trainingStep } from '../../src/train/step.ts'
import { randomPictures } from '../engine/agreement.ts'

const SGD = { name: 'sgd', momentum: 0.9, weightDecay: 0.1 } as const
const ADAMW = { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 } as const

let engine: Engine

beforeAll(async () => {
  engine = await openEngine('onnx', { threads: 1, purpose: 'training' })
})
afterAll(() => engine.dispose())

/** One step from given first weights: tensors of the state by name, and the norm of the gradient. */
async function step(config: Partial<ModelConfig>, options: OptimiserOptions) {
  const model = createModel({ architecture: 'pure20', width: 0.25, inputSize: [8, 8, 3], ...config })
  const optimiser = createOptimiser(options)
  const { fn, inputs, stateSpecs } = trainingStep({
    model,
    optimiser,
    normalisation: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    labelSmoothing: 0,
    batchSize: 4,
  })
  const { parameters, statistics } = model.initialise(3)
  // Away from 0, so that weight decay would show.
  const weights = parameters.map((tensor, position) =>
    model.parameters[position]!.kind === 'theta' ? { ...tensor, data: Float32Array.of(0.5) } : tensor,
  )
  const zeros = parameters.map(({ shape, dtype, data }) => ({
    shape,
    dtype,
    data: new Float32Array(data.length),
  }))
  const masks = new Uint8Array(40)
  for (let row = 0; row < 4; row++) masks[row * 10 + row] = 1
  const program = await engine.compile(fn, inputs)
  const outputs = await program.run([
    ...weights,
    ...optimiser.slots.flatMap(() => zeros),
    ...statistics,
    randomPictures(new RandomStream(2), [4, 8, 8, 3]),
    { shape: [4, 10], dtype: 'uint8', data: masks },
    { shape: [4], dtype: 'float32', data: new Float32Array(4).fill(1) },
    ...optimiser
      .scalars(0.1, 1)
      .map((value): HostTensor => ({ shape: [], dtype: 'float32', data: Float32Array.of(value) })),
  ])
  const values = await Promise.all(outputs.map(async (output) => (await output.read()).data))
  program.dispose()
  const state = new Map(stateSpecs.map(({ name }, position) => [name, values[position]!]))
  return { state, gradientNorm: values[stateSpecs.length + 2]![0]! }
}

const thetas = (state: Map<string, ArrayLike<number>>, prefix: string) =>
  [...state].filter(([name]) => name.startsWith(prefix) && name.endsWith('.theta')).map(([, data]) => data[0])

describe.each(['product', 'floor'] as const)('a fixed theta of a %s', (secondLayer) => {
  it.each([SGD, ADAMW])(
    'is not moved by $name, which keeps nothing of it; all else is trained as ever',
    async (options) => {
      const [free, fixed] = await Promise.all([
        step({ secondLayer }, options),
        step({ secondLayer, fixedTheta: true }, options),
      ])
      expect(thetas(fixed.state, 'parameter/')).toEqual(Array(9).fill(0.5))
      expect(thetas(free.state, 'parameter/')).not.toContain(0.5)
      const slots = createOptimiser(options).slots
      for (const slot of slots) expect(thetas(fixed.state, `${slot}/`)).toEqual(Array(9).fill(0))
      for (const [name, values] of free.state) {
        if (!name.endsWith('.theta')) expect(fixed.state.get(name), name).toEqual(values)
      }
    },
  )

  it('does not count in the norm of the gradient', async () => {
    const plain = { ...SGD, weightDecay: 0 }
    const free = await step({ secondLayer }, plain)
    const fixed = await step({ secondLayer, fixedTheta: true }, plain)
    // After one step of SGD its velocity is the gradient.
    const squares = thetas(free.state, 'momentum/').reduce((total, value) => total! + value! ** 2, 0)!
    expect(squares).toBeGreaterThan(0)
    expect(fixed.gradientNorm ** 2).toBeLessThan(free.gradientNorm ** 2)
    const all = [...free.state].flatMap(([name, data]) =>
      name.startsWith('momentum/') && !name.endsWith('.theta') ? [...data] : [],
    )
    const norm = Math.sqrt(all.reduce((total, value) => total + value ** 2, 0))
    expect(fixed.gradientNorm / norm).toBeCloseTo(1, 5)
  })
})
