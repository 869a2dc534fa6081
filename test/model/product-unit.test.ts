import '@tensorflow/tfjs-backend-cpu'
import '../../src/engine/gradients.ts'
import {
  grads,
  log,
  mul,
  type Scalar,
  scalar,
  setBackend,
  sum,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor4d,
} from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { applyFloor, floorHits, productUnit, productUnitFloor } from '../../src/model/product-unit.ts'
import { relativeDifference, wave } from './tensors.ts'

beforeAll(async () => {
  await setBackend('cpu')
})

const shape = [2, 5, 4, 3] as const
const kernelShape = [3, 3, 3, 2] as const
const inputs = wave(shape, 3).map((value) => 1.6 * value)
const exponents = wave(kernelShape, 1).map((value) => 0.4 * value)
const theta = 0.3
const flooredLogarithm = <T extends Tensor>(x: T, parameter: Scalar): T => log(applyFloor(x, parameter))
const floorOf = (parameter: number) => Math.log1p(Math.exp(parameter)) + 1e-7

/** The product over the window, in float64, of max(x, floor) to the power of the weight; 1 outside the picture. */
function explicitProduct(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  floor: number,
  stride: number,
): number[] {
  const [n, height, width, from] = shape
  const to = kernelShape[3]
  const values: number[] = []
  for (let picture = 0; picture < n; picture++) {
    for (let row = 0; row < height; row += stride) {
      for (let column = 0; column < width; column += stride) {
        for (let out = 0; out < to; out++) {
          let product = 1
          for (let dy = 0; dy < 3; dy++) {
            for (let dx = 0; dx < 3; dx++) {
              const [y, x0] = [row + dy - 1, column + dx - 1]
              if (y < 0 || y >= height || x0 < 0 || x0 >= width) continue
              for (let channel = 0; channel < from; channel++) {
                const value = x[((picture * height + y) * width + x0) * from + channel]!
                product *= Math.max(value, floor) ** w[((dy * 3 + dx) * from + channel) * to + out]!
              }
            }
          }
          values.push(product)
        }
      }
    }
  }
  return values
}

const unit = (stride = 1, clip: number | null = null) =>
  productUnit(
    tensor4d(Float32Array.from(inputs), [...shape]),
    scalar(theta),
    tensor4d(Float32Array.from(exponents), [...kernelShape]),
    stride,
    clip,
  )

describe('the product unit', () => {
  it.each([1, 2])('is the product over the window, borders included, at stride %i', (stride) => {
    const expected = explicitProduct(inputs, exponents, floorOf(theta), stride)
    expect(relativeDifference(unit(stride).output.dataSync(), expected)).toBeLessThan(2e-6)
  })

  it('has a floor of ln 2 + 1e-7 at theta 0, and one above 0 at theta -100', () => {
    expect(productUnitFloor(scalar(0)).dataSync()[0]).toBeCloseTo(Math.LN2 + 1e-7, 7)
    expect(productUnitFloor(scalar(-100)).dataSync()[0]).toBeCloseTo(1e-7, 12)
    expect(flooredLogarithm(tensor1d([-5, 0, 1, Math.E]), scalar(0)).dataSync()[0]).toBeCloseTo(-0.366513, 6)
    expect(flooredLogarithm(tensor1d([1, Math.E]), scalar(0)).dataSync()[1]).toBeCloseTo(1, 6)
  })

  it('gives 1 everywhere for exponents of 0', () => {
    const zero = tensor4d(new Float32Array(54), [...kernelShape])
    const { output } = productUnit(tensor4d(Float32Array.from(inputs), [...shape]), scalar(0), zero, 1, null)
    expect([...output.dataSync()].every((value) => value === 1)).toBe(true)
  })

  it('sees 75.6 % of standard normal values on the floor at theta 0', () => {
    // The quantiles of the normal distribution, by bisection of its distribution function: no random numbers needed.
    const distribution = (x: number) => {
      let [term, total] = [x, x]
      for (let k = 1; k < 200; k++) {
        term *= (-x * x) / (2 * k)
        total += term / (2 * k + 1)
      }
      return 0.5 + total / Math.sqrt(2 * Math.PI)
    }
    const quantile = (fraction: number) => {
      let [low, high] = [-4, 4]
      for (let step = 0; step < 40; step++) {
        const middle = (low + high) / 2
        if (distribution(middle) < fraction) low = middle
        else high = middle
      }
      return low
    }
    const normal = Float32Array.from({ length: 2000 }, (_, index) => quantile((index + 0.5) / 2000))
    const x = tensor4d(normal, [1, 40, 50, 1])
    const identity = tensor4d([1], [1, 1, 1, 1])
    const { health } = productUnit(x, scalar(0), identity, 1, null)
    expect(health().floorHitFraction.dataSync()[0]).toBeCloseTo(0.756, 3)
    const logarithms = [...flooredLogarithm(x, scalar(0)).dataSync()]
    const mean = (values: number[]) => values.reduce((total, value) => total + value, 0) / values.length
    expect(mean(logarithms)).toBeCloseTo(-0.231, 2)
    expect(mean(logarithms.map((value) => value ** 2))).toBeCloseTo(0.14, 2)
  })

  it('reports the range of exponents of each picture, and clips and counts those beyond a limit', () => {
    const free = unit().health().exponents!
    const all = [...unit().output.dataSync()].map(Math.log)
    expect(free.clipped).toBeNull()
    const clipped = unit(1, 0.5)
    for (const picture of [0, 1]) {
      const logs = all.slice(picture * 40, (picture + 1) * 40)
      expect(free.min.dataSync()[picture]).toBeCloseTo(Math.min(...logs), 5)
      expect(free.max.dataSync()[picture]).toBeCloseTo(Math.max(...logs), 5)
      const { exponents: limited } = clipped.health()
      expect(limited!.max.dataSync()[picture]).toBeCloseTo(0.5, 6)
      const beyond = logs.filter((value) => Math.abs(value) > 0.5).length
      expect(beyond).toBeGreaterThan(0)
      expect(limited!.clipped!.dataSync()[picture]).toBe(beyond)
    }
    for (const value of clipped.output.dataSync()) expect(Math.abs(Math.log(value))).toBeLessThan(0.5 + 1e-6)
  })
})

describe('the gradients of the product unit', () => {
  const projection = wave([2, 5, 4, 2], 7)
  const project = (values: ArrayLike<number>) =>
    projection.reduce((total, weight, index) => total + weight * values[index]!, 0)

  const gradients = (x: Float64Array, clip: number | null = null) => {
    const weights = tensor4d(Float32Array.from(projection), [2, 5, 4, 2])
    const run = grads((input, parameter, w) =>
      sum(mul(productUnit(input as Tensor4D, parameter as Scalar, w as Tensor4D, 1, clip).output, weights)),
    )
    return run([
      tensor4d(Float32Array.from(x), [...shape]),
      scalar(theta),
      tensor4d(Float32Array.from(exponents), [...kernelShape]),
    ]).map((gradient) => Float64Array.from(gradient.dataSync()))
  }

  /** Central differences in float64 of the explicit product. */
  const differences = (values: Float64Array, loss: (changed: Float64Array) => number) =>
    values.map((_, index) => {
      const step = 1e-6
      const moved = (by: number) => loss(values.map((value, at) => (at === index ? value + by : value)))
      return (moved(step) - moved(-step)) / (2 * step)
    })

  it('agree with finite differences above and below the floor', () => {
    const floor = floorOf(theta)
    // Both sides occur, and no value lies within the step of the floor.
    expect(inputs.some((value) => value > floor) && inputs.some((value) => value < floor)).toBe(true)
    expect(Math.min(...inputs.map((value) => Math.abs(value - floor)))).toBeGreaterThan(1e-4)
    const [dx, dTheta, dW] = gradients(inputs)
    const lossX = (x: Float64Array) => project(explicitProduct(x, exponents, floor, 1))
    const lossW = (w: Float64Array) => project(explicitProduct(inputs, w, floor, 1))
    const lossTheta = ([parameter]: Float64Array) =>
      project(explicitProduct(inputs, exponents, floorOf(parameter!), 1))
    expect(relativeDifference(dx!, differences(inputs, lossX))).toBeLessThan(1e-5)
    expect(relativeDifference(dW!, differences(exponents, lossW))).toBeLessThan(1e-5)
    expect(relativeDifference(dTheta!, differences(Float64Array.of(theta), lossTheta))).toBeLessThan(1e-5)
    expect(dTheta).toHaveLength(1)
  })

  it('pass to the input, not to theta, exactly at the floor: the difference from above', () => {
    const floor = productUnitFloor(scalar(theta)).dataSync()[0]!
    const input = tensor1d([floor, floor + 1, floor - 1])
    const [dx, dTheta] = grads((x, parameter) => sum(mul(flooredLogarithm(x, parameter as Scalar), 3)))([
      input,
      scalar(theta),
    ])
    const step = 1e-6
    const fromAbove = (3 * (Math.log(floor + step) - Math.log(floor))) / step
    expect(dx!.dataSync()[0]).toBeCloseTo(fromAbove, 4)
    expect(dx!.dataSync()[1]).toBeCloseTo(3 / (floor + 1), 5)
    expect(dx!.dataSync()[2]).toBe(0)
    // One of the three is below the floor, and it alone moves theta.
    expect(dTheta!.dataSync()[0]).toBeCloseTo((3 / floor) * (1 / (1 + Math.exp(-theta))), 5)
  })

  it('stop where the clip acts', () => {
    const [dx] = gradients(inputs, 1e-9)
    expect(dx!.every((value) => value === 0)).toBe(true)
    const [same] = gradients(inputs, 80)
    expect(same).toEqual(gradients(inputs)[0])
  })
})

describe('a floor without logarithm and exponential', () => {
  const projection = wave(shape, 7)
  const value = (x: Float64Array, parameter: number) =>
    x.reduce((total, entry, at) => total + projection[at]! * Math.max(entry, floorOf(parameter)), 0)

  it('has gradients that agree with central differences in float64, of inputs on both sides of it', () => {
    const weights = tensor4d(Float32Array.from(projection), [...shape])
    const [dx, dTheta] = grads((x, parameter) => sum(mul(applyFloor(x, parameter as Scalar), weights)))([
      tensor4d(Float32Array.from(inputs), [...shape]),
      scalar(theta),
    ]).map((gradient) => Float64Array.from(gradient.dataSync()))
    const step = 1e-6
    const moved = (at: number, by: number) => inputs.map((entry, i) => (i === at ? entry + by : entry))
    const byInput = inputs.map(
      (_, at) => (value(moved(at, step), theta) - value(moved(at, -step), theta)) / (2 * step),
    )
    const byTheta = (value(inputs, theta + step) - value(inputs, theta - step)) / (2 * step)
    expect(byInput.some((entry) => entry === 0) && byInput.some((entry) => entry !== 0)).toBe(true)
    expect(relativeDifference(dx!, byInput)).toBeLessThan(1e-5)
    expect(relativeDifference(dTheta!, [byTheta])).toBeLessThan(1e-5)
  })

  it('counts the inputs below it picture by picture', () => {
    const hits = floorHits(tensor4d([5, 5, 5, 0.1, 0.1, -3, 9, 0], [2, 2, 2, 1]), scalar(0))
    expect([...hits.dataSync()]).toEqual([0.25, 0.75])
  })
})
