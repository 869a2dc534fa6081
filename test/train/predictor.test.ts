import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { createModel } from '../../src/model/index.ts'
import { openPredictor, type TrainedModel } from '../../src/train/index.ts'

const SIDE = 12
const BATCH = 4
const SIZE = 3 * SIDE ** 2

let engine: Engine
let trained: TrainedModel

beforeAll(async () => {
  engine = await openEngine('onnx', { threads: 1, purpose: 'inference' })
  const model = createModel({ architecture: 'resnet20', width: 0.25, inputSize: [SIDE, SIDE, 3] })
  trained = {
    name: 'untrained',
    config: model.config,
    ...model.initialise(1),
    metadata: {
      classes: { slugs: [], names: [] },
      normalisation: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      temperature: null,
      version: 'test',
      provenance: {},
    },
  }
})

afterAll(() => engine.dispose())

describe('a predictor', () => {
  it.each([false, true])(
    'says the same of a batch that lies on the engine as of its bytes; symmetries: %s',
    async (symmetries) => {
      const predictor = await openPredictor(trained, engine, { batchSize: BATCH, symmetries })
      const data = Uint8Array.from({ length: BATCH * SIZE }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24)
      const batch = await engine.upload({ shape: [BATCH, SIDE, SIDE, 3], dtype: 'uint8', data })
      const logits = await predictor.predict(data)
      expect(logits).toHaveLength(BATCH * trained.config.classes)
      expect(await predictor.predict(batch)).toEqual(logits)
      // The batch is the caller's: it can be judged by another model.
      expect((await batch.read()).data).toEqual(data)
      predictor.dispose()
    },
  )

  it('refuses a batch of another size, printing both', async () => {
    const predictor = await openPredictor(trained, engine, { batchSize: BATCH })
    const batch = await engine.upload({
      shape: [1, SIDE, SIDE, 3],
      dtype: 'uint8',
      data: new Uint8Array(SIZE),
    })
    await expect(predictor.predict(batch)).rejects.toMatchObject({
      code: 'engine.shape',
      message: expect.stringMatching(/uint8\[4,12,12,3\].*uint8\[1,12,12,3\]/),
    })
    predictor.dispose()
  })
})
