import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { connect } from '../../src/engine/xla/connection.ts'
import { XlaEngine } from '../../src/engine/xla/xla-engine.ts'
import { testedEngines } from './available.ts'
import { compareLogits, compareTraining, largestDifference, NETWORKS } from './network-parity.ts'

/** Every engine against TensorFlow.js `cpu`, per tensor, on the scale of the tensor. */
const TOLERANCE = 1e-4

let reference: Engine
beforeAll(async () => {
  reference = await openEngine('cpu')
})
afterAll(() => reference.dispose())

describe.each(await testedEngines('onnx', 'xla', 'tensorflow', 'wasm'))(
  '$title',
  ({ name: engineName, skip }) => {
    let engine: Engine
    beforeAll(async () => {
      if (!skip) engine = await openEngine(engineName)
    })
    afterAll(() => engine?.dispose())

    it.skipIf(skip).each(NETWORKS)(
      'computes the logits of $name at $inputSize, weights as constants',
      async (network) => {
        expect(await compareLogits(engine, reference, network)).toBeLessThan(TOLERANCE)
      },
    )
  },
)

const trained = await testedEngines('onnx', 'xla', 'tensorflow')
describe.each(trained)('$title', { timeout: 180_000 }, ({ name: engineName, skip }) => {
  let engine: Engine
  beforeAll(async () => {
    if (!skip) engine = await openEngine(engineName)
  })
  afterAll(() => engine?.dispose())

  it.skipIf(skip).each(NETWORKS)(
    'trains $name at $inputSize, batch $batch: loss, state and gradients of three steps',
    async (network) => {
      const difference = largestDifference(await compareTraining(engine, reference, network))
      expect(difference.distance, difference.tensor).toBeLessThan(TOLERANCE)
    },
  )
})

const [xla] = await testedEngines('xla')
describe.skipIf(xla!.skip)(`${xla!.title}, given programs as an accelerator gets them`, () => {
  it('trains pure18, with its pooling and its strides: loss, state and gradients of three steps', {
    timeout: 180_000,
  }, async () => {
    const network = NETWORKS.find(({ name }) => name === 'pure18')!
    const engine = new XlaEngine({ ...(await connect()), accelerated: true }, 'float32')
    try {
      const difference = largestDifference(await compareTraining(engine, reference, network))
      expect(difference.distance, difference.tensor).toBeLessThan(TOLERANCE)
    } finally {
      await engine.dispose()
    }
  })
})
