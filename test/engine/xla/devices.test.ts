import { describe, expect, it } from 'vitest'
import { type HostTensor, openEngine } from '../../../src/engine/index.ts'
import { connect } from '../../../src/engine/xla/connection.ts'
import { XlaEngine } from '../../../src/engine/xla/xla-engine.ts'
import { createModel, type Model, resolveModelConfig } from '../../../src/model/index.ts'
import { RandomStream } from '../../../src/random/index.ts'
import { createOptimiser } from '../../../src/train/optimisers.ts'
import { trainingStep } from '../../../src/train/step.ts'
import { randomPictures, relativeDistance } from '../agreement.ts'
import { testedEngines } from '../available.ts'

const [{ title, skip }] = (await testedEngines('xla')) as [Awaited<ReturnType<typeof testedEngines>>[number]]
const several = skip ? 0 : await deviceLimit()

/** Weights after 20 steps, relative to each tensor's largest. */
const TOLERANCE = 1e-4
const STEPS = 20

/** 4 where the plugin makes or has as many, else as many as there are. */
async function deviceLimit(): Promise<number> {
  for (const devices of [4, 2]) {
    const engine = await openEngine('xla', { devices }).catch(() => undefined)
    await engine?.dispose()
    if (engine) return devices
  }
  return 1
}

/** PURe amplifies rounding from step to step, the more the larger the steps. */
const NETWORKS = [
  { architecture: 'resnet20', learningRate: 0.01 },
  { architecture: 'pure20', learningRate: 0.001 },
] as const

const modelOf = ({ architecture }: (typeof NETWORKS)[number]) =>
  createModel(resolveModelConfig({ architecture, classes: 4, inputSize: [12, 12, 3], width: 0.5 }))

function stepFor(model: Model, batchSize: number) {
  const optimiser = createOptimiser({ name: 'sgd', momentum: 0.9, weightDecay: 1e-3 })
  const normalisation = { mean: [0.2, 0.2, 0.2], std: [0.2, 0.2, 0.2] } as const
  return trainingStep({ model, optimiser, normalisation, labelSmoothing: 0.1, batchSize })
}

/** Positions of pictures, masks and weights: what a batch consists of. */
const batchInputs = (count: number) => [count, count + 1, count + 2]

/**
 * Weights and statistics after training on random pictures, other ones at each step.
 *
 * @param accelerated whether programs are those that accelerators get
 */
async function trained(
  network: (typeof NETWORKS)[number],
  devices: number,
  accelerated = false,
): Promise<HostTensor[]> {
  const options = { devices, threads: 2 }
  const engine = accelerated
    ? new XlaEngine({ ...(await connect(options)), accelerated }, 'float32')
    : await openEngine('xla', options)
  const model = modelOf(network)
  const step = stepFor(model, 8)
  const count = step.stateSpecs.length
  const program = await engine.compile(step.fn, step.inputs, { split: batchInputs(count) })
  const { parameters, statistics } = model.initialise(7)
  const momenta = parameters.map((tensor) => ({ ...tensor, data: new Float32Array(tensor.data.length) }))
  const first = [...parameters, ...momenta, ...statistics]
  let state = await Promise.all(first.map((tensor) => engine.upload(tensor)))
  const stream = new RandomStream(5)
  for (let number = 0; number < STEPS; number++) {
    const masks = new Uint8Array(8 * 4)
    for (let row = 0; row < 8; row++) masks[4 * row + stream.integer(4)] = 1
    const outputs = await program.run([
      ...state,
      randomPictures(stream, [8, 12, 12, 3]),
      { shape: [8, 4], dtype: 'uint8', data: masks },
      { shape: [8], dtype: 'float32', data: new Float32Array(8).fill(1) },
      { shape: [], dtype: 'float32', data: Float32Array.of(network.learningRate) },
    ])
    for (const buffer of state) buffer.dispose()
    state = outputs.slice(0, count)
  }
  const weights = await Promise.all(state.map((buffer) => buffer.read()))
  await engine.dispose()
  return weights
}

describe.skipIf(several < 2)(
  `several devices, ${title}${several === 1 ? ' (skipped: there is one)' : ''}`,
  { timeout: 180_000 },
  () => {
    it.each(NETWORKS)(
      `train $architecture to the weights of one device, to ${TOLERANCE} after ${STEPS} steps`,
      async (network) => {
        const [want, got] = [await trained(network, 1), await trained(network, several)]
        want.forEach((tensor, position) => {
          expect(relativeDistance(got[position]!, tensor), `tensor ${position}`).toBeLessThan(TOLERANCE)
        })
      },
    )

    it(`train ${NETWORKS[0].architecture} to the same by programs as accelerators get them`, async () => {
      const [want, got] = [await trained(NETWORKS[0], 1), await trained(NETWORKS[0], several, true)]
      want.forEach((tensor, position) => {
        expect(relativeDistance(got[position]!, tensor), `tensor ${position}`).toBeLessThan(TOLERANCE)
      })
    })

    it('refuse a batch that does not divide, naming one that does', async () => {
      const engine = await openEngine('xla', { devices: several })
      const step = stepFor(modelOf(NETWORKS[0]), several + 1)
      const split = batchInputs(step.stateSpecs.length)
      await expect(engine.compile(step.fn, step.inputs, { split })).rejects.toThrow(
        new RegExp(`does not divide over ${several} devices: .* such as ${2 * several}`),
      )
      await engine.dispose()
    })

    it('are refused of an engine that computes on one', async () => {
      await expect(openEngine('onnx', { devices: 2 })).rejects.toMatchObject({ code: 'engine.option' })
    })
  },
)
