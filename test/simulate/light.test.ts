import { describe, expect, it } from 'vitest'
import { besselK1Times } from '../../src/simulate/edge-on-galaxy.ts'
import { inEllipse, paintSersic } from '../../src/simulate/ellipse.ts'
import { lightOf } from '../../src/simulate/light.ts'
import { LightCanvas } from '../../src/simulate/light-canvas.ts'
import { sersicB } from '../../src/simulate/sersic.ts'
import { magnitudeOf } from '../../src/survey/index.ts'

const sum = (plane: Float32Array) => plane.reduce((total, value) => total + value, 0)

describe('sersicB', () => {
  // Roots of γ(2n, b) = Γ(2n) / 2.
  it.each([
    [1, 1.67834699],
    [2, 3.67206075],
    [4, 7.66924944],
  ])('puts half of the light inside R_e for n = %s, to 1e-4', (n, b) => {
    expect(Math.abs(sersicB(n) - b)).toBeLessThan(1e-4)
  })
})

describe('besselK1Times', () => {
  it.each([
    [0, 1],
    [0.1, 0.98538447809],
    [1, 0.6019072302],
    [2, 0.2797317636],
    [5, 0.020223067],
  ])('is x K₁(x) at %s, to 1e-6', (x, expected) => {
    expect(Math.abs(besselK1Times(x) - expected)).toBeLessThan(1e-6)
  })
})

describe('LightCanvas', () => {
  it('paints a galaxy with the magnitude and colours asked for', () => {
    const canvas = new LightCanvas(256, 0.262)
    paintSersic(canvas, { x: 1, y: -2, angle: 0.4, axisRatio: 0.6 }, 2, 1, lightOf(17, 0.7, 0.5))
    expect(magnitudeOf(sum(canvas.r))).toBeCloseTo(17, 4)
    expect(magnitudeOf(sum(canvas.g)) - magnitudeOf(sum(canvas.r))).toBeCloseTo(0.7, 4)
    expect(magnitudeOf(sum(canvas.r)) - magnitudeOf(sum(canvas.z))).toBeCloseTo(0.5, 4)
  })

  it.each([1, 2.5, 4])('puts half of the light inside the half-light radius for n = %s, to 0.025', (n) => {
    const canvas = new LightCanvas(512, 0.15)
    paintSersic(canvas, { x: 0, y: 0, angle: 0, axisRatio: 1 }, 3, n, [1, 1, 1])
    let inside = 0
    for (let row = 0; row < 512; row++) {
      for (let column = 0; column < 512; column++) {
        if (Math.hypot(row - 255.5, column - 255.5) * 0.15 < 3) inside += canvas.r[row * 512 + column]!
      }
    }
    expect(Math.abs(inside - 0.5)).toBeLessThan(0.025)
  })

  it('loses the light that falls outside of the field, half of it at the edge', () => {
    const canvas = new LightCanvas(64, 1)
    paintSersic(canvas, { x: 32, y: 0, angle: 0, axisRatio: 1 }, 2, 1, [1, 1, 1])
    expect(Math.abs(sum(canvas.r) - 0.5)).toBeLessThan(0.01)
    canvas.point(100, 0, [1, 1, 1])
    canvas.point(0, -33, [1, 1, 1])
    expect(Math.abs(sum(canvas.r) - 0.5)).toBeLessThan(0.01)
  })

  it('turns and flattens as the ellipse says: long axis along y at a right angle', () => {
    const brightness = inEllipse({ x: 0, y: 0, angle: Math.PI / 2, axisRatio: 0.5 }, (u, v) =>
      Math.hypot(u, v),
    )
    expect(brightness(0, 3)).toBeCloseTo(3, 12)
    expect(brightness(3, 0)).toBeCloseTo(6, 12)
  })

  it('reddens behind dust: 0.5 in r dims g more and z less', () => {
    const canvas = new LightCanvas(4, 1)
    for (const plane of [canvas.g, canvas.r, canvas.z]) plane.fill(1)
    canvas.attenuate(0, 0, 10, () => 0.5)
    expect(canvas.r[5]).toBeCloseTo(Math.exp(-0.5), 6)
    expect(canvas.g[5]).toBeCloseTo(Math.exp(-0.743), 3)
    expect(canvas.z[5]).toBeCloseTo(Math.exp(-0.28), 3)
  })

  it('adds nothing for a profile without light', () => {
    const canvas = new LightCanvas(8, 1)
    canvas.paint(0, 0, 3, () => 0, [1, 1, 1])
    expect(sum(canvas.r)).toBe(0)
  })
})
