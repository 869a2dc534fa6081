import { beforeAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { RandomStream } from '../../src/random/index.ts'
import { randomTensor, relativeDistance } from './agreement.ts'
import { testedEngines } from './available.ts'
import { CONVOLUTIONS, OPERATIONS } from './operation-cases.ts'

/** One operation at a time, engines against TensorFlow.js `cpu`. */
const TOLERANCE = 1e-5

describe.each(await testedEngines('onnx', 'tensorflow'))('$title, beside cpu', ({ name, skip }) => {
  let engines: Engine[]
  beforeAll(async () => {
    if (!skip) engines = [await openEngine(name), await openEngine('cpu')]
  })

  it.skipIf(skip).each([...CONVOLUTIONS, ...OPERATIONS])('computes $what', async ({ shapes, fn }) => {
    const specs = shapes.map((shape) => ({ shape, dtype: 'float32' as const }))
    const stream = new RandomStream(11)
    const inputs = shapes.map((shape) => randomTensor(stream, shape))
    const [got, want] = await Promise.all(
      engines.map(async (engine) => {
        const program = await engine.compile(fn, specs)
        return Promise.all((await program.run(inputs)).map((output) => output.read()))
      }),
    )
    expect(got!.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
      want!.map(({ shape, dtype }) => ({ shape, dtype })),
    )
    got!.forEach((tensor, position) => {
      expect(relativeDistance(tensor, want![position]!), `output ${position}`).toBeLessThan(TOLERANCE)
    })
  })
})
