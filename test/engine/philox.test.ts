import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, type HostTensor, openEngine } from '../../src/engine/index.ts'
import { PHILOX_WORDS, type PhiloxOperands, philoxHalves } from '../../src/engine/philox-kernel.ts'
import { philox4x32, RandomStream } from '../../src/random/index.ts'
import { testedEngines } from './available.ts'

/** Two pictures, many places, one level and seed, as noise asks for them: [2, 1], [1, 1000] and scalars. */
const SHAPES: readonly (readonly number[])[] = [[1, 1000], [2, 1], [], [1], [], []]

async function halves(engine: Engine, shapes: readonly (readonly number[])[], words: readonly Int32Array[]) {
  const program = await engine.compile(
    (tensors) => [
      philoxHalves(
        Object.fromEntries(PHILOX_WORDS.map((name, at) => [name, tensors[at]!])) as PhiloxOperands,
      ),
    ],
    shapes.map((shape) => ({ shape, dtype: 'int32' })),
  )
  const inputs = words.map((data, at): HostTensor => ({ shape: shapes[at]!, dtype: 'int32', data }))
  const [output] = await program.run(inputs)
  const { data, shape } = await output!.read()
  program.dispose()
  const words32 = Array.from(
    { length: data.length / 2 },
    (_, at) => data[2 * at]! * 65536 + data[2 * at + 1]!,
  )
  return { shape, words: words32, halves: data }
}

describe.each(await testedEngines('xla', 'cpu', 'wasm', 'tensorflow'))(
  'Philox on $title',
  ({ name, skip }) => {
    let engine: Engine
    beforeAll(async () => {
      if (!skip) engine = await openEngine(name, { purpose: 'inference' })
    })
    afterAll(() => engine?.dispose())

    it.skipIf(skip)('gives the words of src/random for counters and keys that broadcast', async () => {
      const stream = new RandomStream(3)
      const random = (count: number) => Int32Array.from({ length: count }, () => stream.uint32() | 0)
      const words = SHAPES.map((shape) => random(shape.reduce((a, b) => a * b, 1)))
      // Whole numbers up from 0, as places are, among numbers with any bits.
      for (let place = 0; place < 500; place++) words[0]![place] = place
      const got = await halves(engine, SHAPES, words)
      expect(got.shape).toEqual([2, 1000, 8])
      const block = new Uint32Array(4)
      const [places, pictures] = words as [Int32Array, Int32Array]
      const [c2, c3, k0, k1] = words.slice(2).map(([word]) => word!) as [number, number, number, number]
      const want = [...pictures].flatMap((picture) =>
        [...places].flatMap((place) => {
          philox4x32(place, picture, c2, c3, k0, k1, block)
          return [...block]
        }),
      )
      expect(got.words).toEqual(want)
      expect(got.halves.every((half) => half >= 0 && half < 65536)).toBe(true)
    })

    it.skipIf(skip)(
      'gives the known answers of Random123, in every word of a different counter and key',
      async () => {
        const ones = Int32Array.of(-1, 0)
        const shapes = PHILOX_WORDS.map(() => [2])
        const { words } = await halves(
          engine,
          shapes,
          PHILOX_WORDS.map(() => ones),
        )
        expect(words).toEqual([
          0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8,
        ])
      },
    )
  },
)

describe('Philox', () => {
  it('is refused by name on onnx', async () => {
    const engine = await openEngine('onnx', { threads: 1 })
    await expect(
      halves(
        engine,
        PHILOX_WORDS.map(() => []),
        PHILOX_WORDS.map(() => Int32Array.of(0)),
      ),
    ).rejects.toMatchObject({
      code: 'engine.unsupported-operation',
      message: expect.stringContaining('philox'),
    })
    await engine.dispose()
  })

  it('refuses counters that do not broadcast', async () => {
    const engine = await openEngine('cpu')
    const shapes = [[2], [3], [], [], [], []]
    await expect(
      halves(
        engine,
        shapes,
        shapes.map(([length = 1]) => new Int32Array(length)),
      ),
    ).rejects.toMatchObject({ code: 'engine.shape' })
  })
})
