import { describe, expect, it } from 'vitest'
import { philox4x32 } from '../../src/random/index.ts'

/** Known answers of Random123 (kat_vectors, philox4x32 10 rounds): counter, key, expected. */
type Four = [number, number, number, number]
const KNOWN: [counter: Four, key: [number, number], expected: Four][] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
]

describe('philox4x32', () => {
  it.each(KNOWN)('gives the known answer for counter %j and key %j', (counter, key, expected) => {
    const out = new Uint32Array(4)
    philox4x32(...counter, ...key, out)
    expect([...out]).toEqual(expected)
  })

  it('writes at the offset and nowhere else', () => {
    const out = new Uint32Array(10).fill(7)
    philox4x32(0, 0, 0, 0, 0, 0, out, 3)
    expect([...out]).toEqual([7, 7, 7, ...KNOWN[0]![2], 7, 7, 7])
  })

  it('flips half of the bits, within five standard errors, when one bit of counter or key flips', () => {
    const base = new Uint32Array(4)
    const other = new Uint32Array(4)
    const trials = 200
    for (let bit = 0; bit < 192; bit++) {
      let flips = 0
      for (let trial = 0; trial < trials; trial++) {
        const words = [trial, 1, 2, 3, 4, 5] as [number, number, number, number, number, number]
        philox4x32(...words, base)
        words[bit >> 5]! ^= 1 << (bit & 31)
        philox4x32(...words, other)
        for (let i = 0; i < 4; i++) flips += popCount(base[i]! ^ other[i]!)
      }
      const bits = trials * 128
      expect(Math.abs(flips - bits / 2), `bit ${bit}`).toBeLessThan(5 * Math.sqrt(bits / 4))
    }
  })
})

function popCount(word: number): number {
  let count = 0
  for (let rest = word; rest !== 0; rest &= rest - 1) count++
  return count
}
