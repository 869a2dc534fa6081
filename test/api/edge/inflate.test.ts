import { deflateRawSync, deflateSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inflate } from '../../../src/api/edge/inflate.ts'

/** Bytes with much to repeat or little, of few values or many, and how zlib is to deflate them. */
const data = fc
  .tuple(
    fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }),
    fc.array(fc.nat(3), { maxLength: 12 }),
    fc.constantFrom(3, 15, 255),
  )
  .map(([parts, order, mask]) =>
    Buffer.concat(order.map((part) => parts[part] ?? Buffer.alloc(500))).map((byte) => byte & mask),
  )
const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  strategy: fc.integer({ min: 0, max: 4 }),
})

describe('inflate', () => {
  it('gives back what zlib deflated, as far as it is wanted', () => {
    fc.assert(
      fc.property(data, options, fc.nat(2000), (bytes, how, most) => {
        const deflated = deflateSync(bytes, how)
        expect(Buffer.compare(inflate(deflated, bytes.length + 10), bytes)).toBe(0)
        expect(Buffer.compare(inflate(deflated, most), bytes.subarray(0, most))).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  it('gives the beginning of what is cut off, or says that it is damaged', () => {
    fc.assert(
      fc.property(data, options, fc.double({ min: 0, max: 1, noNaN: true }), (bytes, how, part) => {
        const deflated = deflateSync(bytes, how)
        const cut = deflated.subarray(0, Math.floor(part * deflated.length))
        const inflated = attempt(() => inflate(cut, bytes.length))
        if (typeof inflated !== 'string')
          expect(Buffer.compare(inflated, bytes.subarray(0, inflated.length))).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  it('takes of damaged data what zlib takes of it, and refuses what it refuses', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(data, options, damage, (bytes, how, changes) => {
        const raw = deflateRawSync(bytes, how)
        for (const [at, value] of changes) raw[at % raw.length] = value
        const expected = attempt(() => inflateRawSync(raw))
        // Of what ends too early the beginning may be given.
        fc.pre(expected !== 'Z_BUF_ERROR')
        const found = attempt(() => inflate(Buffer.concat([Buffer.from([0x78, 0x9c]), raw]), 1_000_000))
        if (typeof expected === 'string') expect(found).toBeTypeOf('string')
        else expect(Buffer.compare(found as Uint8Array, expected)).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  it('refuses what is no zlib data', () => {
    for (const [first, second] of [
      [0x00, 0x00],
      [0x78, 0x9d],
      [0x88, 0x1c],
      [0x79, 0x18],
      [0x78, 0xbb],
    ] as const)
      expect(() => inflate(Buffer.from([first, second, 3, 0]), 10)).toThrow(/no zlib data/)
    expect(() => inflate(new Uint8Array(), 10)).toThrow(/no zlib data/)
  })
})

/** What comes out, or the code or words of the error. */
function attempt<Value>(work: () => Value): Value | string {
  try {
    return work()
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message
  }
}
