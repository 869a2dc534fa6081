import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../src/random/index.ts'
import { Exposure, noiseGrain, type Observation } from '../../src/simulate/exposure.ts'
import { PointSpread } from '../../src/simulate/point-spread.ts'
import { ELECTRONS_PER_NANOMAGGY } from '../../src/survey/index.ts'

const SIZE = 256
const OBSERVATION: Observation = {
  seeing: [1.3, 1.2, 1.1],
  skyNoise: [0.001, 0.002, 0.004],
  skyResidual: [0, 0, 0.01],
}

function exposed(size: number, ratio: number, light: number): [Float32Array, Float32Array, Float32Array] {
  const plane = () => new Float32Array(size * size).fill(light)
  const planes: [Float32Array, Float32Array, Float32Array] = [plane(), plane(), plane()]
  new Exposure(size, ratio).addNoise(planes, OBSERVATION, new RandomStream(1))
  return planes
}

function statistics(
  plane: Float32Array,
  size: number,
): { mean: number; deviation: number; neighbours: number } {
  const mean = plane.reduce((sum, value) => sum + value, 0) / plane.length
  let square = 0
  let product = 0
  for (let i = 0; i < plane.length; i++) {
    square += (plane[i]! - mean) ** 2
    const right = (i + 1) % size === 0 ? i + 1 - size : i + 1
    product += (plane[i]! - mean) * (plane[right]! - mean)
  }
  return { mean, deviation: Math.sqrt(square / plane.length), neighbours: product / square }
}

describe('Exposure', () => {
  it('gives the sky its noise in each band, within 2 %, and its residual', () => {
    const planes = exposed(SIZE, 1, 0)
    for (const band of [0, 1, 2] as const) {
      const { mean, deviation } = statistics(planes[band], SIZE)
      expect(deviation / OBSERVATION.skyNoise[band]).toBeGreaterThan(0.98)
      expect(deviation / OBSERVATION.skyNoise[band]).toBeLessThan(1.02)
      expect(Math.abs(mean - OBSERVATION.skyResidual[band])).toBeLessThan(0.05 * OBSERVATION.skyNoise[band])
    }
  })

  it('correlates neighbours by 0.47 at the native scale, within 0.02', () => {
    expect(Math.abs(statistics(exposed(SIZE, 1, 0)[1], SIZE).neighbours - 0.47)).toBeLessThan(0.02)
  })

  it('gives light the noise of its electrons on top of that of the sky, within 2 %', () => {
    const light = 3
    const planes = exposed(SIZE, 1, light)
    for (const band of [0, 1, 2] as const) {
      const expected = Math.sqrt(OBSERVATION.skyNoise[band] ** 2 + light / ELECTRONS_PER_NANOMAGGY[band])
      expect(Math.abs(statistics(planes[band], SIZE).deviation / expected - 1)).toBeLessThan(0.02)
    }
  })

  it.each([2, 4])(
    'draws pixels %i times as wide as if native ones had been averaged, within 5 %',
    (ratio) => {
      const native = exposed(SIZE, 1, 0)[1]
      const small = SIZE / ratio
      const averaged = new Float32Array(small * small)
      for (let i = 0; i < native.length; i++) {
        const target = Math.floor(Math.floor(i / SIZE) / ratio) * small + Math.floor((i % SIZE) / ratio)
        averaged[target]! += native[i]! / ratio ** 2
      }
      const drawn = statistics(exposed(small, ratio, 0)[1], small)
      expect(Math.abs(drawn.deviation / statistics(averaged, small).deviation - 1)).toBeLessThan(0.05)
      expect(Math.abs(drawn.neighbours - statistics(averaged, small).neighbours)).toBeLessThan(0.05)
    },
  )

  it('keeps the variance of white noise in the grain', () => {
    for (const ratio of [1, 1.5, 4, 16]) {
      const { centre, side } = noiseGrain(ratio)
      expect(centre ** 2 + 2 * side ** 2).toBeCloseTo(1, 12)
    }
  })
})

describe('PointSpread', () => {
  it('keeps the light, and has the width at half maximum asked for, within 3 %', () => {
    const size = 65
    const plane = new Float32Array(size * size)
    const centre = 32 * size + 32
    plane[centre] = 1
    new PointSpread(size).blur(plane, 6)
    expect(plane.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4)
    const half = plane[centre]! / 2
    let column = 0
    while (plane[centre + column + 1]! > half) column++
    const [above, below] = [plane[centre + column]!, plane[centre + column + 1]!]
    expect(Math.abs((2 * (column + (above - half) / (above - below))) / 6 - 1)).toBeLessThan(0.03)
    expect(plane[centre + 5]).toBeCloseTo(plane[centre - 5 * size]!, 8)
  })

  it('lets light leave the field at the edge, and brings none back on the other side', () => {
    const size = 33
    const plane = new Float32Array(size * size)
    plane[16 * size] = 1
    new PointSpread(size).blur(plane, 4)
    const total = plane.reduce((sum, value) => sum + value, 0)
    expect(total).toBeGreaterThan(0.5)
    expect(total).toBeLessThan(0.65)
    expect(plane[16 * size + 32]).toBe(0)
  })
})
