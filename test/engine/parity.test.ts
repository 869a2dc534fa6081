import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, type HostTensor, openEngine, type Program } from '../../src/engine/index.ts'
import { createModel, type Model, resolveModelConfig } from '../../src/model/index.ts'
import { RandomStream } from '../../src/random/index.ts'
import { createOptimiser } from '../../src/train/optimisers.ts'
import { inferenceProgram } from '../../src/train/programs.ts'
import { trainingStateSpecs, trainingStep } from '../../src/train/step.ts'
import { randomPictures, relativeDistance } from './agreement.ts'

/** Every engine against TensorFlow.js `cpu`, per tensor, on the scale of the tensor. */
const TOLERANCE = 1e-4
const normalisation = { mean: [0.2, 0.2, 0.2], std: [0.2, 0.2, 0.2] } as const

// Large enough that batch normalisation of the last stage averages over tens of pixels: with three or four, rounding
// alone is amplified a thousandfold and says nothing of an engine.
const NETWORKS = [
  { name: 'pure20', inputSize: [17, 15, 3], batch: 8, width: 1 },
  { name: 'resnet20', inputSize: [33, 31, 3], batch: 1, width: 1 },
  { name: 'pure20', inputSize: [19, 20, 3], batch: 6, width: 0.5, shortcut: 'A', finalReLU: true },
  { name: 'pure18', inputSize: [65, 64, 3], batch: 5, width: 0.25 },
  { name: 'resnet18', inputSize: [129, 120, 3], batch: 1, width: 0.25 },
  { name: 'pure50', inputSize: [64, 65, 3], batch: 4, width: 0.125 },
] as const

function modelOf(network: (typeof NETWORKS)[number]): Model {
  const { name, batch: _, ...settings } = network
  return createModel(
    resolveModelConfig({ architecture: name, classes: 10, ...settings, inputSize: [...settings.inputSize] }),
  )
}

function firstState(model: Model, slots: number): HostTensor[] {
  const { parameters, statistics } = model.initialise(7)
  const zeros = parameters.map(({ shape, dtype, data }) => ({
    shape,
    dtype,
    data: new Float32Array(data.length),
  }))
  return [...parameters, ...Array.from({ length: slots }, () => zeros).flat(), ...statistics]
}

async function values(program: Program, inputs: HostTensor[]): Promise<HostTensor[]> {
  const outputs = await program.run(inputs)
  return Promise.all(outputs.map((output) => output.read()))
}

let reference: Engine
beforeAll(async () => {
  reference = await openEngine('cpu')
})
afterAll(() => reference.dispose())

describe.each(['onnx', 'wasm'] as const)('%s', (engineName) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await openEngine(engineName)
  })
  afterAll(() => engine.dispose())

  it.each(NETWORKS)('computes the logits of $name at $inputSize, weights as constants', async (network) => {
    const model = modelOf(network)
    const source = inferenceProgram(model, normalisation, network.batch)
    const state = [...model.initialise(7).parameters, ...model.initialise(7).statistics]
    const pictures = randomPictures(new RandomStream(1), [network.batch, ...network.inputSize])
    const constants = new Map(state.map((tensor, position) => [position, tensor]))
    const [want] = await values(await reference.compile(source.fn, source.inputs), [...state, pictures])
    const [got] = await values(await engine.compile(source.fn, source.inputs, { constants }), [pictures])
    expect(relativeDistance(got!, want!)).toBeLessThan(TOLERANCE)
  })
})

describe('onnx', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await openEngine('onnx')
  })

  it.each(NETWORKS)(
    'trains $name at $inputSize, batch $batch: loss, state and gradients of three steps',
    async (network) => {
      const model = modelOf(network)
      const optimiser = createOptimiser({ name: 'sgd', momentum: 0.9, weightDecay: 1e-3 })
      const step = trainingStep({
        model,
        optimiser,
        normalisation,
        labelSmoothing: 0.1,
        batchSize: network.batch,
      })
      const programs = [
        await engine.compile(step.fn, step.inputs),
        await reference.compile(step.fn, step.inputs),
      ] as const
      const stream = new RandomStream(2)
      const pictures = randomPictures(stream, [network.batch, ...network.inputSize])
      const masks = {
        shape: [network.batch, 10],
        dtype: 'uint8' as const,
        data: new Uint8Array(network.batch * 10),
      }
      for (let row = 0; row < network.batch; row++) {
        masks.data[row * 10 + stream.integer(10)] = 1
        if (row % 2) masks.data[row * 10 + stream.integer(10)] = 1
      }
      const weights = {
        shape: [network.batch],
        dtype: 'float32' as const,
        data: new Float32Array(network.batch).fill(1),
      }
      const rate = { shape: [], dtype: 'float32' as const, data: Float32Array.of(0.01) }
      const count = trainingStateSpecs(model, optimiser).length
      let [states, references] = [firstState(model, 1), firstState(model, 1)]
      for (let iteration = 0; iteration < 3; iteration++) {
        const got = await values(programs[0], [...states, pictures, masks, weights, rate])
        const want = await values(programs[1], [...references, pictures, masks, weights, rate])
        got.forEach((tensor, position) => {
          const name = step.stateSpecs[position]?.name ?? `output ${position}`
          expect(relativeDistance(tensor, want[position]!), `step ${iteration}, ${name}`).toBeLessThan(
            TOLERANCE,
          )
        })
        states = got.slice(0, count)
        references = want.slice(0, count)
      }
    },
  )
})
