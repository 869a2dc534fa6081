import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inBlocks } from '../../../src/api/node/jobs/in-blocks.ts'

async function* piecesOf(sizes: readonly number[]) {
  let at = 0
  for (const size of sizes) yield Uint8Array.from({ length: size }, () => at++ % 251)
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return all
}

it('a body in blocks is the same bytes in the same order, in few pieces', async () => {
  const size = fc.oneof(fc.constant(0), fc.nat(10), fc.integer({ min: 30_000, max: 70_000 }))
  await fc.assert(
    fc.asyncProperty(fc.array(size, { maxLength: 20 }), async (sizes) => {
      const sent = Buffer.concat(await collect(piecesOf(sizes)))
      const blocks = await collect(inBlocks(piecesOf(sizes)))
      expect(Buffer.concat(blocks).equals(sent)).toBe(true)
      expect(blocks.every(({ length }) => length > 0)).toBe(true)
    }),
    { numRuns: 200 },
  )
  expect((await collect(inBlocks(piecesOf(Array(200_000).fill(1))))).length).toBe(4)
})
