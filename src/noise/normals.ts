import { normalQuantile, philox4x32 } from '../random/index.ts'
import type { PictureKey } from './picture-key.ts'

/** Numbers of sixteen bits from which either end is drawn again more finely: beyond 3.1 standard deviations. */
export const TAIL_CELLS = 64

let quantiles: Float32Array | undefined

/**
 * The normal quantile at the middle of each of 65536 equally likely cells. Within the tails' limit the distribution
 * function of these values is off by at most half a cell, 2⁻¹⁷, and their variance by less than 10⁻⁸.
 */
export function quantileTable(): Float32Array {
  quantiles ??= computeQuantiles()
  return quantiles
}

function computeQuantiles(): Float32Array {
  const table = new Float32Array(65536)
  for (let cell = 0; cell < 32768; cell++) {
    table[cell] = normalQuantile((cell + 0.5) / 65536)
    table[65535 - cell] = -table[cell]!
  }
  return table
}

/**
 * Normal variates of mean 0 and variance 1, eight from each block of Philox: sixteen bits each by inversion, and 32 more
 * where those fall into a tail, so that the tails reach 7.9 standard deviations.
 *
 * @param out its length is a multiple of eight
 */
export function fillNormals(out: Float32Array, { picture, level, seed, purpose }: PictureKey): void {
  const table = quantileTable()
  const words = new Uint32Array(4)
  const finer = new Uint32Array(4)
  for (let i = 0; i < out.length; i += 8) {
    philox4x32(i >>> 3, picture, level, 0, seed, purpose, words)
    for (let word = 0, at = i; word < 4; word++, at += 2) {
      const bits = words[word]!
      const first = bits >>> 16
      const second = bits & 0xffff
      out[at] = inTail(first) ? tailNormal(first, at) : table[first]!
      out[at + 1] = inTail(second) ? tailNormal(second, at + 1) : table[second]!
    }
  }

  function tailNormal(cell: number, place: number): number {
    philox4x32(place, picture, level, 1, seed, purpose, finer)
    const below = (Math.min(cell, 65535 - cell) + (finer[0]! + 0.5) / 2 ** 32) / 65536
    return cell < 32768 ? normalQuantile(below) : -normalQuantile(below)
  }
}

function inTail(cell: number): boolean {
  return cell < TAIL_CELLS || cell >= 65536 - TAIL_CELLS
}
