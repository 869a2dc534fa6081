import type { Scalar, Tensor } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { createOptimiser } from '../../src/train/optimisers.ts'
import type { OptimiserOptions } from '../../src/train/options.ts'

let engine: Engine

beforeAll(async () => {
  engine = await openEngine('cpu')
})
afterAll(() => engine.dispose())

const GRADIENTS = [
  [0.5, -1.25, 0.0625],
  [-0.25, 0.75, 0.5],
  [1.5, 0.125, -2],
  [0.0001, -0.3, 0.7],
]
const START = [1, -2, 0.5]

/** The parameter after some steps with given gradients and rates. */
async function follow(options: OptimiserOptions, rates: readonly number[], decay = true): Promise<number[]> {
  const optimiser = createOptimiser(options)
  const vector = { shape: [3], dtype: 'float32' } as const
  const number = { shape: [], dtype: 'float32' } as const
  const slotCount = optimiser.slots.length
  const fn = (inputs: Tensor[]) => {
    const { parameter, slots } = optimiser.update({
      parameter: inputs[0]!,
      gradient: inputs[1]!,
      slots: inputs.slice(2, 2 + slotCount),
      scalars: inputs.slice(2 + slotCount) as Scalar[],
      decay,
    })
    return [parameter, ...slots]
  }
  const specs = [
    ...Array.from({ length: 2 + slotCount }, () => vector),
    ...Array.from({ length: optimiser.scalarCount }, () => number),
  ]
  const program = await engine.compile(fn, specs)
  let state = [START, ...optimiser.slots.map(() => [0, 0, 0])].map((values) => Float32Array.from(values))
  for (const [index, gradient] of GRADIENTS.entries()) {
    const [parameter, ...slots] = state
    const scalars = optimiser.scalars(rates[index]!, index + 1)
    const outputs = await program.run([
      ...[parameter!, Float32Array.from(gradient), ...slots].map((data) => ({ ...vector, data })),
      ...scalars.map((value) => ({ ...number, data: Float32Array.of(value) })),
    ])
    state = await Promise.all(outputs.map(async (output) => Float32Array.from((await output.read()).data)))
  }
  return [...state[0]!]
}

function expectClose(found: readonly number[], expected: readonly number[], digits = 6): void {
  for (const [k, value] of expected.entries()) expect(found[k]).toBeCloseTo(value, digits)
}

const RATES = [0.1, 0.1, 0.05, 0.01]

describe('momentum SGD', () => {
  it("follows PyTorch's recurrence with coupled weight decay", async () => {
    const options = { name: 'sgd', momentum: 0.9, weightDecay: 0.01 } as const
    const expected = START.map((start, k) => {
      let parameter = start
      let velocity = 0
      for (const [step, gradient] of GRADIENTS.entries()) {
        velocity = 0.9 * velocity + gradient[k]! + 0.01 * parameter
        parameter -= RATES[step]! * velocity
      }
      return parameter
    })
    expectClose(await follow(options, RATES), expected)
  })

  it('without momentum and decay takes one plain step after the other', async () => {
    const expected = START.map((start, k) =>
      GRADIENTS.reduce((p, gradient, step) => p - RATES[step]! * gradient[k]!, start),
    )
    expectClose(await follow({ name: 'sgd', momentum: 0, weightDecay: 0 }, RATES), expected)
    expectClose(await follow({ name: 'sgd', momentum: 0, weightDecay: 0.5 }, RATES, false), expected)
  })
})

describe('AdamW', () => {
  const options = { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.05 } as const

  it('follows algorithm 2 of Loshchilov and Hutter, with bias correction and decoupled decay', async () => {
    const expected = START.map((start, k) => {
      let parameter = start
      let first = 0
      let second = 0
      for (const [index, gradient] of GRADIENTS.entries()) {
        const step = index + 1
        first = 0.9 * first + 0.1 * gradient[k]!
        second = 0.999 * second + 0.001 * gradient[k]! ** 2
        parameter *= 1 - RATES[index]! * 0.05
        parameter -=
          (RATES[index]! * (first / (1 - 0.9 ** step))) / (Math.sqrt(second / (1 - 0.999 ** step)) + 1e-8)
      }
      return parameter
    })
    expectClose(await follow(options, RATES), expected, 5)
  })

  it('first moves each value by the rate against the sign of its gradient, decay aside', async () => {
    const optimiser = createOptimiser({ ...options, weightDecay: 0 })
    const [, stepSize, secondScale] = optimiser.scalars(0.1, 1)
    // first = 0.1·g and second = 0.001·g²: stepSize·first/(sqrt(second)·secondScale) = rate·sign(g)
    expect((stepSize! * 0.1 * 3) / (Math.sqrt(0.001 * 9) * secondScale!)).toBeCloseTo(0.1, 12)
  })
})

it('refuses momentum, betas, epsilon and decay out of range, naming the value', () => {
  expect(() => createOptimiser({ name: 'sgd', momentum: 1, weightDecay: 0 })).toThrow(/momentum is 1/)
  expect(() => createOptimiser({ name: 'sgd', momentum: 0.9, weightDecay: -1 })).toThrow(/weight decay is -1/)
  const adamw = { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } as const
  expect(() => createOptimiser({ ...adamw, beta2: 1.5 })).toThrow(/beta2 is 1.5/)
  expect(() => createOptimiser({ ...adamw, epsilon: 0 })).toThrow(/epsilon is 0/)
})
