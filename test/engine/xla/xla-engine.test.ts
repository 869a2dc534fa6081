import { add } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { openEngine } from '../../../src/engine/index.ts'
import { liveHandles } from '../../../src/engine/pjrt/index.ts'
import { testedEngines } from '../available.ts'

const [{ title, skip }] = (await testedEngines('xla')) as [Awaited<ReturnType<typeof testedEngines>>[number]]

describe.skipIf(skip)(`a run that fails, ${title}`, () => {
  it('frees the inputs that it uploaded, those under way when it failed too', async () => {
    const engine = await openEngine('xla')
    const spec = { shape: [100_000], dtype: 'float32' } as const
    const program = await engine.compile(([a, b]) => [add(a!, b!)], [spec, spec])
    const large = { ...spec, data: new Float32Array(100_000) }
    const read = async () => large
    const before = liveHandles().buffer
    await expect(program.run([large, { spec, read, dispose() {} }])).rejects.toMatchObject({
      code: expect.stringMatching(/^engine\./),
    })
    expect(liveHandles().buffer).toBe(before)
    await engine.dispose()
  })
})
