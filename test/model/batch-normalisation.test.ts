import '@tensorflow/tfjs-backend-cpu'
import '../../src/engine/gradients.ts'
import {
  add,
  div,
  grads,
  mean,
  mul,
  setBackend,
  sqrt,
  square,
  sub,
  sum,
  type Tensor1D,
  type Tensor4D,
  tensor1d,
  tensor4d,
} from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  NORMALISATION_EPSILON,
  normaliseByBatch,
  normaliseByStatistics,
} from '../../src/model/batch-normalisation.ts'
import { relativeDifference, wave } from './tensors.ts'

beforeAll(async () => {
  await setBackend('cpu')
})

const shape = [2, 3, 4, 5] as const
const values = wave(shape, 2).map((value, index) => 2 * value + (index % 5))
const x = () => tensor4d(Float32Array.from(values), [...shape])
const gamma = Float64Array.of(1, 0.5, -2, 1.5, 0.1)
const beta = Float64Array.of(0, 1, -1, 0.3, 2)
const projection = wave(shape, 11)
const vector = (data: Float64Array) => tensor1d(Float32Array.from(data))

function moments(data: Float64Array): { means: number[]; variances: number[] } {
  const channel = (c: number) => data.filter((_, index) => index % 5 === c)
  const means = [0, 1, 2, 3, 4].map((c) => channel(c).reduce((total, value) => total + value, 0) / 24)
  const variances = means.map((m, c) => channel(c).reduce((total, value) => total + (value - m) ** 2, 0) / 24)
  return { means, variances }
}

/** In float64. */
function expectedOutput(data: Float64Array, g: Float64Array, b: Float64Array): Float64Array {
  const { means, variances } = moments(data)
  return data.map((value, index) => {
    const c = index % 5
    return (g[c]! * (value - means[c]!)) / Math.sqrt(variances[c]! + NORMALISATION_EPSILON) + b[c]!
  })
}

describe('batch normalisation', () => {
  it('by the batch gives zero mean and unit variance, scaled and shifted, and the biased variance', () => {
    const result = normaliseByBatch(x(), vector(gamma), vector(beta))
    const { means, variances } = moments(values)
    expect(relativeDifference(result.output.dataSync(), expectedOutput(values, gamma, beta))).toBeLessThan(
      1e-6,
    )
    expect(relativeDifference(result.mean.dataSync(), means)).toBeLessThan(1e-6)
    expect(relativeDifference(result.variance.dataSync(), variances)).toBeLessThan(1e-6)
  })

  it('by running statistics equals that by the batch when they are the batch’s', () => {
    const { means, variances } = moments(values)
    const output = normaliseByStatistics(
      x(),
      vector(gamma),
      vector(beta),
      tensor1d(means),
      tensor1d(variances),
    )
    expect(relativeDifference(output.dataSync(), expectedOutput(values, gamma, beta))).toBeLessThan(1e-6)
  })

  const weights = () => tensor4d(Float32Array.from(projection), [...shape])
  const analytic = () =>
    grads((input, g, b) =>
      sum(mul(normaliseByBatch(input as Tensor4D, g as Tensor1D, b as Tensor1D).output, weights())),
    )([x(), vector(gamma), vector(beta)]).map((gradient) => gradient.dataSync())

  it('has gradients that agree with finite differences', () => {
    const loss = (data: Float64Array, g: Float64Array, b: Float64Array) =>
      expectedOutput(data, g, b).reduce((total, value, index) => total + value * projection[index]!, 0)
    const difference = (point: Float64Array, of: (changed: Float64Array) => number) =>
      point.map((_, index) => {
        const moved = (by: number) => of(point.map((value, at) => (at === index ? value + by : value)))
        return (moved(1e-5) - moved(-1e-5)) / 2e-5
      })
    const [dx, dGamma, dBeta] = analytic()
    expect(
      relativeDifference(
        dx!,
        difference(values, (data) => loss(data, gamma, beta)),
      ),
    ).toBeLessThan(1e-5)
    expect(
      relativeDifference(
        dGamma!,
        difference(gamma, (g) => loss(values, g, beta)),
      ),
    ).toBeLessThan(1e-5)
    expect(
      relativeDifference(
        dBeta!,
        difference(beta, (b) => loss(values, gamma, b)),
      ),
    ).toBeLessThan(1e-5)
  })

  it('has gradients that agree with those of TensorFlow.js, op by op', () => {
    const opByOp = grads((input, g, b) => {
      const average = mean(input, [0, 1, 2])
      const centred = sub(input, average)
      const variance = mean(square(centred), [0, 1, 2])
      const normalised = div(centred, sqrt(add(variance, NORMALISATION_EPSILON)))
      return sum(mul(add(mul(normalised, g), b), weights()))
    })([x(), vector(gamma), vector(beta)]).map((gradient) => gradient.dataSync())
    for (const [index, gradient] of analytic().entries()) {
      expect(relativeDifference(gradient, opByOp[index]!)).toBeLessThan(1e-5)
    }
  })
})
