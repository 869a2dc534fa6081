import { deflateSync, inflateSync } from 'node:zlib'
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
  it('gives back what zlib deflated, as far as it is wanted', async () => {
    await fc.assert(
      fc.asyncProperty(data, options, fc.nat(2000), async (bytes, how, most) => {
        const deflated = bytesOf(deflateSync(bytes, how))
        expect(Buffer.compare(await inflate(deflated, bytes.length + 10), bytes)).toBe(0)
        expect(Buffer.compare(await inflate(deflated, most), bytes.subarray(0, most))).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  it('refuses what is cut off', async () => {
    await fc.assert(
      fc.asyncProperty(
        data,
        options,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (bytes, how, part) => {
          const deflated = deflateSync(bytes, how)
          const cut = deflated.subarray(0, Math.floor(part * deflated.length))
          await expect(inflate(bytesOf(cut), bytes.length + 1)).rejects.toThrow(
            'its compressed data is damaged',
          )
        },
      ),
      { numRuns: 500 },
    )
  })

  it('takes of damaged data what zlib takes of it, and refuses what it refuses', async () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(data, options, damage, async (bytes, how, changes) => {
        const damaged = deflateSync(bytes, how)
        for (const [at, value] of changes) damaged[at % damaged.length] = value
        const expected = await attempt(() => inflateSync(damaged))
        const found = await attempt(() => inflate(bytesOf(damaged), 1_000_000))
        if (typeof expected === 'string') expect(found).toBeTypeOf('string')
        else expect(Buffer.compare(found as Uint8Array, expected)).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  it('refuses what is no zlib data', async () => {
    for (const [first, second] of [
      [0x00, 0x00],
      [0x78, 0x9d],
      [0x88, 0x1c],
      [0x79, 0x18],
      [0x78, 0xbb],
    ] as const)
      await expect(inflate(Uint8Array.of(first, second, 3, 0), 10)).rejects.toThrow(/is damaged/)
    await expect(inflate(new Uint8Array(), 10)).rejects.toThrow(/is damaged/)
  })
})

/** Outside of Node's pool of buffers. */
const bytesOf = (buffer: Buffer) => Uint8Array.from(buffer)

/** What comes out, or the words of the error. */
async function attempt<Value>(work: () => Value | Promise<Value>): Promise<Value | string> {
  try {
    return await work()
  } catch (error) {
    return (error as Error).message
  }
}
