import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type DeviceBuffer,
  type Engine,
  type HostTensor,
  openEngine,
  type TensorFunction,
} from '../../../src/engine/index.ts'
import { normaliseByBatch } from '../../../src/model/batch-normalisation.ts'
import { createModel, resolveModelConfig } from '../../../src/model/index.ts'
import { RandomStream } from '../../../src/random/index.ts'
import { createOptimiser } from '../../../src/train/optimisers.ts'
import { trainingStep } from '../../../src/train/step.ts'
import { randomTensor, relativeDistance } from '../agreement.ts'
import { testedEngines } from '../available.ts'

const [tested] = await testedEngines('tensorflow')
const pair = { shape: [2], dtype: 'float32' as const }
const ones: HostTensor = { ...pair, data: Float32Array.of(1, 2) }

describe.skipIf(tested!.skip)(tested!.title, () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await openEngine('tensorflow')
  })

  it('names TensorFlow, its version and its device', () => {
    expect(engine.devices.join()).toMatch(/^TensorFlow \d+\.\d+\.\d+, (CPU|GPU)/)
  })

  it('leaves the backend that was active as it was', async () => {
    await openEngine('cpu')
    await tf.setBackend('cpu')
    const program = await engine.compile(([x]) => [tf.add(x!, 1)], [pair])
    await program.run([ones])
    expect(tf.getBackend()).toBe('cpu')
  })

  it('gives each output a buffer of its own, also where a function returns its input twice', async () => {
    const program = await engine.compile(([x]) => [x!, x!], [pair])
    const buffer = await engine.upload(ones)
    const [same, again] = (await program.run([buffer])) as [DeviceBuffer, DeviceBuffer]
    buffer.dispose()
    same.dispose()
    expect([...(await again.read()).data]).toEqual([1, 2])
  })

  it('keeps bytes as bytes', async () => {
    const bytes: HostTensor = { shape: [3], dtype: 'uint8', data: Uint8Array.of(0, 7, 255) }
    expect(await (await engine.upload(bytes)).read()).toEqual(bytes)
  })

  it('lets timers and signals be seen between two runs', async () => {
    const program = await engine.compile(([x]) => [tf.add(x!, 1)], [pair])
    let turns = 0
    setImmediate(() => turns++)
    await program.run([ones])
    expect(turns).toBe(1)
  })

  it('refuses buffers that another engine made, and runs after the end of a program', async () => {
    const program = await engine.compile(([x]) => [tf.add(x!, 1)], [pair])
    const foreign = await (await openEngine('cpu')).upload(ones)
    await expect(program.run([foreign])).rejects.toMatchObject({ code: 'engine.foreign-buffer' })
    program.dispose()
    await expect(program.run([ones])).rejects.toMatchObject({ code: 'engine.disposed' })
  })

  describe('memory', () => {
    /** Tensors that TensorFlow.js knows of, and those that TensorFlow keeps for it. */
    const counts = () => {
      const backend = tf.findBackend('tensorflow') as unknown as { getNumOfTFTensors(): number }
      return { ours: tf.memory().numTensors, native: backend.getNumOfTFTensors() }
    }
    let before: ReturnType<typeof counts>
    beforeEach(() => {
      before = counts()
    })

    it('is free again after many runs and the end of a program', async () => {
      const constants = new Map([[1, ones]])
      const program = await engine.compile(([x, y]) => [tf.mul(x!, y!), tf.sum(x!)], [pair, pair], {
        constants,
      })
      let state = await engine.upload(ones)
      for (let step = 0; step < 20; step++) {
        const [next, sum] = (await program.run([state])) as [DeviceBuffer, DeviceBuffer]
        sum.dispose()
        state.dispose()
        state = next
      }
      expect(counts()).not.toEqual(before)
      state.dispose()
      program.dispose()
      expect(counts()).toEqual(before)
    })

    it('is free again after a function that fails', async () => {
      let traced = false
      const program = await engine.compile(
        ([x]) => {
          const sum = tf.add(x!, 1)
          if (traced) throw new Error('on purpose')
          traced = true
          return [sum]
        },
        [pair],
      )
      await expect(program.run([ones])).rejects.toThrow('on purpose')
      expect(counts()).toEqual(before)
    })

    it('is free again after steps of training', async () => {
      const model = createModel(
        resolveModelConfig({ architecture: 'pure20', inputSize: [9, 10, 3], width: 0.25, classes: 10 }),
      )
      const optimiser = createOptimiser({ name: 'sgd', momentum: 0.9, weightDecay: 1e-3 })
      const { fn, inputs } = trainingStep({
        model,
        optimiser,
        normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
        labelSmoothing: 0,
        batchSize: 2,
      })
      const program = await engine.compile(fn, inputs)
      const stream = new RandomStream(1)
      const given = inputs.map(({ shape, dtype }) => {
        const { data } = randomTensor(stream, shape)
        return { shape, dtype, data: dtype === 'uint8' ? Uint8Array.from(data, Math.abs) : data }
      })
      for (let step = 0; step < 3; step++) {
        for (const output of await program.run(given)) output.dispose()
      }
      expect(counts()).toEqual(before)
    })
  })

  it.each([
    [1, 1, 1],
    [1, 2, 1],
    [3, 5, 4],
  ])('normalises %d pictures of %d×%d as plain operations do, gradients included', async (n, h, w) => {
    const fn: TensorFunction = ([x, gamma, beta, dy]) => {
      const normalise = (...[a, b, c]: tf.Tensor[]) =>
        normaliseByBatch(a as tf.Tensor4D, b as tf.Tensor1D, c as tf.Tensor1D)
      const weighted = (...inputs: tf.Tensor[]) =>
        tf.sum(tf.mul(normalise(...inputs).output, dy!)) as tf.Scalar
      const { output, mean, variance } = normalise(x!, gamma!, beta!)
      return [output, mean, variance, ...tf.grads(weighted)([x!, gamma!, beta!])]
    }
    const stream = new RandomStream(5)
    const given = [[n, h, w, 6], [6], [6], [n, h, w, 6]].map((shape) => randomTensor(stream, shape))
    const run = async (on: Engine) =>
      Promise.all((await (await on.compile(fn, given)).run(given)).map((output) => output.read()))
    const [got, want] = [await run(engine), await run(await openEngine('cpu'))]
    // Of one value a channel, all that is left of the gradient towards it is rounding.
    got.forEach((tensor, position) => {
      expect(relativeDistance(tensor, want[position]!, 1), `output ${position}`).toBeLessThan(1e-5)
    })
  })
})
