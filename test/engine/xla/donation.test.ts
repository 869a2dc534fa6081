import { add, mul } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { openEngine, type TensorFunction } from '../../../src/engine/index.ts'
import { testedEngines } from '../available.ts'

const [{ title, skip }] = (await testedEngines('xla')) as [Awaited<ReturnType<typeof testedEngines>>[number]]
const spec = { shape: [3], dtype: 'float32' } as const
/** Two tensors of state, a rate and what they become. */
const update: TensorFunction = ([a, b, rate]) => [add(a!, mul(b!, rate!)), mul(b!, 2)]
const inputs = [spec, spec, { shape: [], dtype: 'float32' as const }]
const rate = { shape: [], dtype: 'float32' as const, data: Float32Array.of(10) }

describe.skipIf(skip)(`donated inputs, ${title}`, () => {
  it.each([1, 2])('give their memory to the state that replaces them, on %i devices', async (devices) => {
    const engine = await openEngine('xla', { devices })
    const program = await engine.compile(update, inputs, { donated: [0, 1] })
    let state = await Promise.all(
      [1, 2].map((value) => engine.upload({ ...spec, data: new Float32Array(3).fill(value) })),
    )
    for (let step = 0; step < 3; step++) {
      const next = await program.run([...state, rate])
      await expect(state[0]!.read()).rejects.toThrow(/deleted or donated/)
      for (const buffer of state) buffer.dispose()
      state = next
    }
    expect((await state[0]!.read()).data).toEqual(new Float32Array(3).fill(1 + 10 * (2 + 4 + 8)))
    expect((await state[1]!.read()).data).toEqual(new Float32Array(3).fill(16))
    await engine.dispose()
  })

  it('may be divided over devices, too', async () => {
    const engine = await openEngine('xla', { devices: 2 })
    const even = { shape: [4], dtype: 'float32' as const }
    const program = await engine.compile(([x]) => [mul(x!, 2)], [even], { donated: [0], split: [0] })
    const [twice] = await program.run([{ ...even, data: Float32Array.of(1, 2, 3, 4) }])
    expect((await twice!.read()).data).toEqual(Float32Array.of(2, 4, 6, 8))
    await engine.dispose()
  })

  it('keep their own where no output is like them, or a constant took their place', async () => {
    const engine = await openEngine('xla')
    const constants = new Map([[0, { ...spec, data: Float32Array.of(1, 2, 3) }]])
    const program = await engine.compile(update, inputs, { constants, donated: [0, 2] })
    const kept = await engine.upload(rate)
    const two = { ...spec, data: Float32Array.of(1, 1, 1) }
    const [sum] = await program.run([two, kept])
    expect((await sum!.read()).data).toEqual(Float32Array.of(11, 12, 13))
    expect((await kept.read()).data).toEqual(rate.data)
    await engine.dispose()
  })
})
