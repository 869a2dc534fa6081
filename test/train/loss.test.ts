import { type Tensor, type Tensor1D, type Tensor2D, valueAndGrad } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import type { HostTensor } from '../../src/engine/types.ts'
import { admittedCrossEntropy, countAdmitted } from '../../src/train/loss.ts'

let engine: Engine

beforeAll(async () => {
  engine = await openEngine('cpu')
})
afterAll(() => engine.dispose())

interface Rows {
  readonly logits: readonly (readonly number[])[]
  readonly masks: readonly (readonly number[])[]
  readonly weights?: readonly number[]
  readonly smoothing?: number
}

function floats(rows: readonly (readonly number[])[]): HostTensor {
  return { shape: [rows.length, rows[0]!.length], dtype: 'float32', data: Float32Array.from(rows.flat()) }
}

/** Loss, gradient and hits as TensorFlow.js computes them. */
async function compute({ logits, masks, weights = logits.map(() => 1), smoothing = 0 }: Rows) {
  const inputs = [
    floats(logits),
    floats(masks),
    { shape: [weights.length], dtype: 'float32', data: Float32Array.from(weights) } as const,
  ]
  const fn = ([x, m, w]: Tensor[]) => {
    const { value, grad } = valueAndGrad((z: Tensor) =>
      admittedCrossEntropy(z as Tensor2D, m as Tensor2D, w as Tensor1D, smoothing),
    )(x!)
    return [value, grad, countAdmitted(x as Tensor2D, m as Tensor2D)]
  }
  const program = await engine.compile(fn, inputs)
  const [loss, gradient, hits] = await Promise.all((await program.run(inputs)).map((output) => output.read()))
  return { loss: loss!.data[0]!, gradient: [...gradient!.data], hits: hits!.data[0]! }
}

/** The formula of the loss, in float64. */
function reference({ logits, masks, weights = logits.map(() => 1), smoothing = 0 }: Rows): number {
  let sum = 0
  for (const [row, values] of logits.entries()) {
    const total = values.reduce((all, value) => all + Math.exp(value), 0)
    const admitted = values.reduce((all, value, k) => all + masks[row]![k]! * Math.exp(value), 0)
    const uniform = values.reduce((all, value) => all + Math.log(Math.exp(value) / total), 0) / values.length
    sum -= weights[row]! * ((1 - smoothing) * Math.log(admitted / total) + smoothing * uniform)
  }
  return sum / weights.reduce((all, weight) => all + weight, 0)
}

const MIXED: Rows = {
  logits: [
    [0.3, -1.2, 2.1, 0.4],
    [1.5, 0.2, -0.7, 0.1],
    [-0.4, 0.9, 0.3, -2.2],
  ],
  masks: [
    [0, 0, 1, 0],
    [1, 1, 0, 0],
    [0, 1, 1, 1],
  ],
  weights: [1, 0.5, 2],
  smoothing: 0.1,
}

describe('admittedCrossEntropy', () => {
  it('is the cross entropy of an exact label: log 4 for four equal logits', async () => {
    const { loss } = await compute({ logits: [[7, 7, 7, 7]], masks: [[0, 1, 0, 0]] })
    expect(loss).toBeCloseTo(Math.log(4), 6)
  })

  it('is −log of the summed probability of the admitted classes: log 2 for two of four equal logits', async () => {
    const { loss } = await compute({ logits: [[0, 0, 0, 0]], masks: [[0, 1, 1, 0]] })
    expect(loss).toBeCloseTo(Math.log(2), 6)
  })

  it('is 0 with no gradient where every class is admitted', async () => {
    const { loss, gradient } = await compute({ logits: [[1, -2, 3, 0.5]], masks: [[1, 1, 1, 1]] })
    expect(loss).toBeCloseTo(0, 6)
    for (const value of gradient) expect(value).toBeCloseTo(0, 6)
  })

  it('agrees with the formula in float64 for mixed labels, weights and smoothing, to 1e-6', async () => {
    expect((await compute(MIXED)).loss).toBeCloseTo(reference(MIXED), 6)
  })

  it.each([0, 0.1])(
    'has the gradient that central differences of the formula give, smoothing %s, to 1e-6',
    async (smoothing) => {
      const rows = { ...MIXED, smoothing }
      const { gradient } = await compute(rows)
      const h = 1e-5
      for (const [row, values] of rows.logits.entries()) {
        for (const k of values.keys()) {
          const shifted = (by: number) => ({
            ...rows,
            logits: rows.logits.map((each, r) =>
              each.map((value, c) => (r === row && c === k ? value + by : value)),
            ),
          })
          const slope = (reference(shifted(h)) - reference(shifted(-h))) / (2 * h)
          expect(gradient[row * values.length + k]).toBeCloseTo(slope, 6)
        }
      }
    },
  )

  it('stays exact where the admitted classes have vanishing probability', async () => {
    const { loss, gradient } = await compute({ logits: [[500, -500, -499, 0]], masks: [[0, 1, 1, 0]] })
    expect(loss).toBeCloseTo(999 - Math.log1p(Math.exp(-1)), 3)
    expect(gradient[0]).toBeCloseTo(1, 6)
    // Logarithms near −999 are multiples of 6e-5 in float32.
    expect(gradient[1]! + gradient[2]!).toBeCloseTo(-1, 4)
  })

  it('does not look at rows of weight 0, labelled or not', async () => {
    const { loss, gradient } = await compute({
      logits: [
        [1, 2, 3],
        [9, -9, 4],
      ],
      masks: [
        [0, 0, 1],
        [0, 0, 0],
      ],
      weights: [1, 0],
    })
    expect(loss).toBeCloseTo(reference({ logits: [[1, 2, 3]], masks: [[0, 0, 1]] }), 6)
    expect(gradient.slice(3).map(Math.abs)).toEqual([0, 0, 0])
  })

  it('becomes NaN, not a number that looks right, for a logit that is not finite', async () => {
    const { loss } = await compute({ logits: [[Number.NaN, 0, 0]], masks: [[0, 1, 0]] })
    expect(loss).toBeNaN()
  })
})

describe('countAdmitted', () => {
  it('counts predictions inside the mask, and none for an empty mask', async () => {
    const { hits } = await compute({
      logits: [
        [0, 5, 1],
        [3, 0, 1],
        [2, 1, 0],
        [0, 0, 9],
      ],
      masks: [
        [0, 1, 0],
        [0, 1, 1],
        [1, 1, 0],
        [0, 0, 0],
      ],
    })
    expect(hits).toBe(2)
  })
})
