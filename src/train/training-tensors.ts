import type { HostTensor } from '../engine/index.ts'
import type { Model } from '../model/index.ts'
import type { Optimiser } from './optimisers.ts'

const floats = (shape: readonly number[], data: Float32Array): HostTensor => ({
  shape,
  dtype: 'float32',
  data,
})

/** State of a step of SGD with momentum, as `trainingStep` takes it: first weights, momenta of 0, statistics. */
export function firstState(model: Model): HostTensor[] {
  const { parameters, statistics } = model.initialise(1)
  const momenta = parameters.map(({ shape, data }) => floats(shape, new Float32Array(data.length)))
  return [...parameters, ...momenta, ...statistics]
}

/** What such a step takes besides: pictures, one class for each in turn, weights of 1, a learning rate of 0.01. */
export function oneBatch({ config }: Model, optimiser: Optimiser, pictures: HostTensor): HostTensor[] {
  const count = pictures.shape[0]!
  const { classes } = config
  const masks = Uint8Array.from({ length: count * classes }, (_, at) =>
    Number(at % classes === Math.floor(at / classes) % classes),
  )
  return [
    pictures,
    { shape: [count, classes], dtype: 'uint8', data: masks },
    floats([count], new Float32Array(count).fill(1)),
    ...optimiser.scalars(0.01, 1).map((value) => floats([], Float32Array.of(value))),
  ]
}
