/**
 * IEEE 754 binary16, for weights that ship: 1 bit of sign, 5 of exponent, 10 of fraction. Numbers from 6.1e-5 to 65504
 * keep 11 bits; below, down to 6e-8, ever fewer.
 */
import { PureGalaxyError } from '../errors.ts'

/** From here on a number rounds to infinity. */
const HALF_OVERFLOW = 65520

const value = new Float32Array(1)
const bits = new Uint32Array(value.buffer)

/** Shifts right, rounding to nearest and ties to even. */
function shiftRounding(word: number, by: number): number {
  const kept = word >>> by
  const rest = word & ((1 << by) - 1)
  const tie = 1 << (by - 1)
  return rest > tie || (rest === tie && (kept & 1) === 1) ? kept + 1 : kept
}

/**
 * Rounds to half precision, to nearest, ties to even.
 *
 * @param numbers finite
 * @param name what they are, for the message
 * @returns the bits
 * @throws `model.half-overflow` where a number is 65520 or more in absolute value, or not finite
 */
export function toHalf(numbers: Float32Array, name: string): Uint16Array {
  const halves = new Uint16Array(numbers.length)
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index]!
    if (!(Math.abs(number) < HALF_OVERFLOW)) {
      throw new PureGalaxyError(
        'model.half-overflow',
        `Value ${index} of ${name} is ${number}; half precision ends at 65504. Write this model in full precision.`,
      )
    }
    value[0] = number
    const word = bits[0]!
    const sign = (word >>> 16) & 0x8000
    const exponent = ((word >>> 23) & 0xff) - 127
    const fraction = word & 0x7fffff
    // A carry out of the fraction runs into the exponent, which is just what rounding up to the next power wants.
    if (exponent >= -14) halves[index] = sign | shiftRounding(((exponent + 15) << 23) | fraction, 13)
    else if (exponent >= -25) halves[index] = sign | shiftRounding(0x800000 | fraction, -exponent - 1)
    else halves[index] = sign
  }
  return halves
}

/** The numbers that those bits stand for, exactly. */
export function fromHalf(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const exponent = (half >>> 10) & 0x1f
    const fraction = half & 0x3ff
    const sign = half & 0x8000 ? -1 : 1
    if (exponent === 0) return sign * fraction * 2 ** -24
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
    return sign * (1024 + fraction) * 2 ** (exponent - 25)
  })
}
