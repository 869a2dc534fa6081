import { expect, it } from 'vitest'
import { fluxOf, magnitudeOf } from '../../src/survey/index.ts'

it('gives one nanomaggy the magnitude 22.5, and a hundred times the flux five magnitudes less', () => {
  expect(magnitudeOf(1)).toBe(22.5)
  expect(fluxOf(17.5)).toBeCloseTo(100, 10)
  expect(magnitudeOf(fluxOf(19.3))).toBeCloseTo(19.3, 12)
})
