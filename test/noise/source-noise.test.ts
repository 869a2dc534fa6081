import { describe, expect, it } from 'vitest'
import { fillNormals } from '../../src/noise/normals.ts'
import { pictureKey } from '../../src/noise/picture-key.ts'
import {
  exactNoise,
  LARGE_RATE,
  QUADRATIC_BOUND,
  quadraticNoise,
  ValueStream,
} from '../../src/noise/source-noise.ts'
import { RandomStream } from '../../src/random/index.ts'
import {
  chiSquared,
  chiSquaredLimit,
  mean,
  normalDistribution,
  poissonProbability,
  variance,
} from './statistics.ts'

const key = (level = 0.5, picture = 0) => pictureKey('exposure', picture, level, 11)

function normals(count: number): Float32Array {
  const out = new Float32Array(count)
  fillNormals(out, key())
  return out
}

/** Poisson probabilities that matter, from `first` on. */
function poissonTerms(rate: number): { first: number; probabilities: number[] } {
  const first = Math.max(0, Math.floor(rate - 8 * Math.sqrt(rate) - 8))
  const last = Math.ceil(rate + 8 * Math.sqrt(rate) + 16)
  let log = -rate
  for (let k = 1; k <= first; k++) log += Math.log(rate / k)
  const probabilities: number[] = []
  for (let k = first; k <= last; k++) {
    probabilities.push(Math.exp(log))
    log += Math.log(rate / (k + 1))
  }
  return { first, probabilities }
}

/** P(quadraticNoise ≤ x) with a step of 1: the normal variate lies between the roots of the quadratic. */
function quadraticDistribution(x: number, sky: number, rate: number): number {
  const all = sky + rate
  const bend = rate / (6 * all)
  const slope = Math.sqrt(all - 2 * bend * bend)
  const discriminant = slope * slope + 4 * bend * (bend + x)
  if (discriminant <= 0) return 0
  const root = Math.sqrt(discriminant)
  return normalDistribution((root - slope) / (2 * bend)) - normalDistribution((-root - slope) / (2 * bend))
}

/** Largest difference of the distribution functions of the noise as defined and of its stand-in, step 1. */
function distance(sky: number, rate: number, points: number): number {
  const { first, probabilities } = poissonTerms(rate)
  const width = Math.sqrt(sky + rate)
  let largest = 0
  for (let point = 0; point <= points; point++) {
    const x = (-4.5 + (10 * point) / points) * width
    let exact = 0
    for (const [position, probability] of probabilities.entries()) {
      exact += probability * normalDistribution((x - (first + position - rate)) / Math.sqrt(sky))
    }
    largest = Math.max(largest, Math.abs(exact - quadraticDistribution(x, sky, rate)))
  }
  return largest
}

describe('normal variates of the sky', () => {
  it('are normal (chi-squared of 128 equal cells over 800,000, p > 1e-5), with mean 0 and variance 1', () => {
    const values = normals(800_000)
    const cells = new Uint32Array(128)
    for (const value of values) cells[Math.min(127, Math.floor(128 * normalDistribution(value)))]!++
    const [statistic, freedom] = chiSquared(cells, new Array(128).fill(values.length / 128))
    expect(statistic).toBeLessThan(chiSquaredLimit(freedom))
    expect(Math.abs(mean(values))).toBeLessThan(5 / Math.sqrt(values.length))
    expect(Math.abs(variance(values) - 1)).toBeLessThan(5 * Math.sqrt(2 / values.length))
  })

  it('have normal tails beyond sixteen bits: chi-squared of 3.1 to 4.5 standard deviations, either side', () => {
    const values = normals(4_000_000)
    const edges = [3.1, 3.2, 3.35, 3.5, 3.75, 4, 4.25, 4.5, 40]
    for (const sign of [-1, 1]) {
      const seen = edges.slice(1).map(() => 0)
      for (const value of values) {
        const cell = edges.findIndex((edge) => sign * value < edge) - 1
        if (cell >= 0) seen[cell]!++
      }
      const wanted = edges
        .slice(1)
        .map((edge, i) => values.length * (normalDistribution(-edges[i]!) - normalDistribution(-edge)))
      const [statistic, freedom] = chiSquared(seen, wanted)
      expect(freedom).toBeGreaterThan(4)
      expect(statistic).toBeLessThan(chiSquaredLimit(freedom))
    }
    // Sixteen bits alone end at 4.17.
    expect(Math.max(...values.subarray(0, 100_000).map(Math.abs))).toBeLessThan(6.5)
    expect(new Set(values.filter((value) => value > 4.1)).size).toBeGreaterThan(50)
  })
})

describe('noise of the light, drawn exactly', () => {
  it.each([0.05, 0.8, 6, 40, 700])(
    'is step·(n − λ) with n Poisson at λ = %d (chi-squared over 60,000, p > 1e-5)',
    (rate) => {
      const [step, count] = [0.03, 60_000]
      const stream = new ValueStream(key(0.25))
      const { first, probabilities } = poissonTerms(rate)
      const observed = new Uint32Array(probabilities.length)
      let fraction = 0
      for (let place = 0; place < count; place++) {
        stream.moveTo(place)
        const n = exactNoise(1.3, 0, step, rate * step, stream.uniform) / step + rate
        fraction = Math.max(fraction, Math.abs(n - Math.round(n)))
        observed[Math.round(n) - first]!++
      }
      expect(fraction).toBeLessThan(1e-9)
      const [statistic, freedom] = chiSquared(
        observed,
        probabilities.map((probability) => probability * count),
      )
      expect(statistic).toBeLessThan(chiSquaredLimit(freedom))
    },
  )

  it('draws anew for each place, and the same again for the same', () => {
    const stream = new ValueStream(key())
    const at = (place: number) => {
      stream.moveTo(place)
      return [stream.uniform(), stream.uniform(), stream.uniform()]
    }
    const first = at(5)
    expect(at(6)).not.toEqual(first)
    expect(at(5)).toEqual(first)
    expect(new Set([...first, ...at(6)]).size).toBe(6)
  })

  it('never takes more light than there is, and adds none where there is none', () => {
    const stream = new ValueStream(key())
    let least = 0
    for (let place = 0; place < 2000; place++) {
      stream.moveTo(place)
      least = Math.min(least, exactNoise(0, 0, 0.1, 0.05, stream.uniform))
    }
    expect(least).toBe(-0.05)
    expect(exactNoise(2, 9, 0.1, 0, stream.uniform)).toBe(6)
    expect(exactNoise(2, 0, 0.1, 0, stream.uniform)).toBe(0)
  })
})

describe('the quadratic that stands for normal and Poisson noise', () => {
  it.each([
    [1, 0.3],
    [1, 4],
    [25, 3],
    [0, 5000],
  ])('has mean 0, the variance of both and their skewness: sky %d, rate %d', (sky, rate) => {
    // Gauss-Hermite would do; the midpoint rule is as good for a density that vanishes at both ends.
    const moments = [0, 0, 0]
    const width = 1e-3
    for (let z = -12; z < 12; z += width) {
      const weight = (width * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI)
      const noise = quadraticNoise(z, sky, 2, 2 * rate)
      for (const power of [1, 2, 3]) moments[power - 1]! += weight * noise ** power
    }
    // A step of 2, so that the light is twice its rate.
    const all = sky + 4 * rate
    const third = 8 * rate
    expect(Math.abs(moments[0]!)).toBeLessThan(1e-9)
    expect(moments[1]! / all).toBeCloseTo(1, 9)
    // Third moment: T − 4b³, b = T/(6V).
    expect(moments[2]!).toBeCloseTo(third - 4 * (third / (6 * all)) ** 3, 6)
  })

  it(`is off by less than ${QUADRATIC_BOUND}·step²/sky wherever it is used, whatever the light`, () => {
    const ratios = [0.01, 0.1, 0.2, 0.35, 0.5, 0.7, 1, 1.5, 2.5, 5, 12, 50, 300, 2000, 7000]
    let worst = 0
    for (const sky of [1, 1.3, 2, 4, 10, 40, 200, 1300]) {
      const rates = ratios.map((ratio) => ratio * sky).filter((rate) => rate < 9000)
      for (const rate of rates) worst = Math.max(worst, sky * distance(sky, rate, 80))
    }
    expect(worst).toBeLessThan(QUADRATIC_BOUND)
    // The bound is no guess: it is nearly reached.
    expect(worst).toBeGreaterThan(0.8 * QUADRATIC_BOUND)
    // Beyond these rates, and this sky, the theorem of Berry and Esseen for Poisson sums takes over (docs/noise.md).
    expect(distance(1, 12_000, 40)).toBeLessThan(QUADRATIC_BOUND)
  })

  it(`is off by less than ${QUADRATIC_BOUND} from the rate ${LARGE_RATE} on even without sky`, () => {
    for (const rate of [LARGE_RATE, 3 * LARGE_RATE]) {
      const { first, probabilities } = poissonTerms(rate)
      let [below, largest] = [0, 0]
      for (const [position, probability] of probabilities.entries()) {
        const stand = quadraticDistribution(first + position - rate, 0, rate)
        largest = Math.max(largest, Math.abs(stand - below), Math.abs(stand - below - probability))
        below += probability
      }
      expect(below).toBeCloseTo(1, 9)
      expect(largest).toBeLessThan(QUADRATIC_BOUND)
    }
  })

  it('serves the exact noise too at large rates', () => {
    const stream = new RandomStream(1)
    const [step, light] = [0.01, 0.01 * LARGE_RATE]
    expect(exactNoise(0.7, 0, step, light, () => stream.uniform())).toBe(quadraticNoise(0.7, 0, step, light))
  })
})

describe('statistics of these tests', () => {
  it('know the normal and the Poisson distribution', () => {
    expect(normalDistribution(-3.090232306167813)).toBeCloseTo(0.001, 15)
    expect(Math.abs(normalDistribution(-4.753424308822899) - 1e-6)).toBeLessThan(2e-15)
    expect(normalDistribution(-7.650628092935268) / 1e-14).toBeCloseTo(1, 9)
    const { first, probabilities } = poissonTerms(40)
    expect(probabilities[40 - first]).toBeCloseTo(poissonProbability(40, 40), 12)
  })
})
