import { philox4x32, poissonVariate } from '../random/index.ts'
import type { PictureKey } from './picture-key.ts'

/**
 * The noise that a pixel gets in one band: a normal variate of variance `sky`, and step·(n − λ) with
 * n ~ Poisson(λ = light/step) for its light, of variance step·light. All in one unit of flux.
 *
 * Where the sky's noise is no narrower than a step (sky ≥ step²), or λ is large, a quadratic of one normal variate stands
 * for the sum: mean and variance are its own, the skewness to second order. Its distribution function is off by at most
 * `QUADRATIC_BOUND`, whatever the light; where the sky is wider, by at most `QUADRATIC_BOUND` · step²/sky (the tests compute
 * it, docs/noise.md says why). Elsewhere n is drawn.
 */
export const QUADRATIC_BOUND = 0.004

/** The rate λ from which the quadratic serves without any sky: the steps of the distribution function are at most 0.0031. */
export const LARGE_RATE = 4096

/**
 * @param normal standard normal variate
 * @param sky variance, 0 or more
 * @param step above 0
 * @param light 0 or more, and not 0 where `sky` is
 */
export function quadraticNoise(normal: number, sky: number, step: number, light: number): number {
  const source = step * light
  const variance = sky + source
  const bend = (step * source) / (6 * variance)
  return Math.sqrt(variance - 2 * bend * bend) * normal + bend * (normal * normal - 1)
}

/** As `quadraticNoise`, with n drawn from `uniform` where that is no good stand-in. */
export function exactNoise(
  normal: number,
  sky: number,
  step: number,
  light: number,
  uniform: () => number,
): number {
  const rate = light / step
  if (rate >= LARGE_RATE) return quadraticNoise(normal, sky, step, light)
  const count = rate === 0 ? 0 : poissonVariate(rate, uniform)
  return Math.sqrt(sky) * normal + step * count - light
}

/** Uniform numbers for values of a picture: as many as wanted for each, named by the key and the value's place. */
export class ValueStream {
  readonly #key: PictureKey
  readonly #words = new Uint32Array(4)
  #place = 0
  #block = 0
  #position = 4

  constructor(key: PictureKey) {
    this.#key = key
  }

  /** Starts the numbers of another value. */
  moveTo(place: number): void {
    this.#place = place
    this.#block = 0
    this.#position = 4
  }

  /** A number in [0, 1), a multiple of 2⁻⁵³. */
  readonly uniform = (): number => {
    if (this.#position === 4) {
      const { picture, level, seed, purpose } = this.#key
      // Blocks 0 and 1 of a counter are the normal variates'.
      philox4x32(this.#place, picture, level, 2 + this.#block++, seed, purpose, this.#words)
      this.#position = 0
    }
    const high = this.#words[this.#position]! >>> 5
    const low = this.#words[this.#position + 1]! >>> 6
    this.#position += 2
    return (high * 0x4000000 + low) * 2 ** -53
  }
}
