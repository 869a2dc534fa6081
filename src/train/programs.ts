import {
  abs,
  cast,
  greaterEqual,
  max,
  mean,
  min,
  reshape,
  type Scalar,
  scalar,
  stack,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  valueAndGrads,
} from '@tensorflow/tfjs-core'
import type { TensorFunction, TensorSpec } from '../engine/types.ts'
import { type Model, type Normalisation, normalise, updateStatistics } from '../model/index.ts'
import { admittedCrossEntropy } from './loss.ts'

/** A function of tensors and the shapes of its inputs, ready for an engine. */
export interface ProgramSource {
  readonly fn: TensorFunction
  readonly inputs: readonly TensorSpec[]
}

const LARGEST_FLOAT = 3.4028234663852886e38

/** (parameters…, statistics…, pictures uint8 [n,h,w,3]) → logits [n,classes], normalised by the statistics given. */
export function inferenceProgram(
  model: Model,
  normalisation: Normalisation,
  batchSize: number,
): ProgramSource {
  const parameterCount = model.parameters.length
  const stateCount = parameterCount + model.statistics.length
  return {
    fn: (inputs) => [
      model.forward(
        inputs.slice(0, parameterCount),
        inputs.slice(parameterCount, stateCount),
        normalise(inputs[stateCount] as Tensor4D, normalisation),
        'inference',
      ).logits,
    ],
    inputs: [...floats(model.parameters), ...floats(model.statistics), picturesSpec(model, batchSize)],
  }
}

/**
 * (parameters…, pictures) → (mean and unbiased variance of the batch…, [layers with a floor, 5] `HEALTH_FIGURES` of
 * unit-figures.ts): what recalibration averages. Without such layers the last output is missing.
 */
export function statisticsProgram(
  model: Model,
  normalisation: Normalisation,
  batchSize: number,
): ProgramSource {
  return {
    fn: (inputs) => {
      const images = normalise(inputs.at(-1) as Tensor4D, normalisation)
      const { batchStatistics, batchCounts, health } = model.forward(
        inputs.slice(0, -1),
        [],
        images,
        'training',
      )
      // A running statistic of momentum 1 is the batch's own, unbiased.
      const statistics = updateStatistics(batchStatistics, batchStatistics, batchCounts, 1)
      const rows = health().map(({ floorHitFraction, exponents, theta }) =>
        stack(
          [
            mean(floorHitFraction),
            exponents ? min(exponents.min) : scalar(0),
            exponents ? max(exponents.max) : scalar(0),
            theta,
            exponents?.clipped ? sum(exponents.clipped) : scalar(0),
          ].map((figure) => reshape(figure, [])),
        ),
      )
      return rows.length === 0 ? statistics : [...statistics, stack(rows)]
    },
    inputs: [...floats(model.parameters), picturesSpec(model, batchSize)],
  }
}

/**
 * (parameters…, statistics…, pictures) → [layers with a floor, figures, n], normalised by the statistics given: of each
 * picture the fraction of inputs on the floor and, of product units, the smallest and the largest exponent.
 */
export function lensProgram(model: Model, normalisation: Normalisation, batchSize: number): ProgramSource {
  const parameterCount = model.parameters.length
  const { inputs } = inferenceProgram(model, normalisation, batchSize)
  return {
    fn: (tensors) => {
      const { health } = model.forward(
        tensors.slice(0, parameterCount),
        tensors.slice(parameterCount, -1),
        normalise(tensors.at(-1) as Tensor4D, normalisation),
        'inference',
      )
      const rows = health().map(({ floorHitFraction, exponents }) =>
        stack(exponents ? [floorHitFraction, exponents.min, exponents.max] : [floorHitFraction]),
      )
      return [stack(rows)]
    },
    inputs,
  }
}

/** (parameters…, pictures) → [layers], 1 where a layer's whole output is finite in training mode, else 0. */
export function layerCheckProgram(
  model: Model,
  normalisation: Normalisation,
  batchSize: number,
): ProgramSource & { names(): readonly string[] } {
  let names: readonly string[] = []
  return {
    fn: (inputs) => {
      const images = normalise(inputs.at(-1) as Tensor4D, normalisation)
      const { layers } = model.forward(inputs.slice(0, -1), [], images, 'training')
      names = layers.map(({ name }) => name)
      return [stack(layers.map(({ output }) => allFinite(output)))]
    },
    inputs: [...floats(model.parameters), picturesSpec(model, batchSize)],
    names: () => names,
  }
}

/**
 * (parameters…, pictures, masks, weights) → [parameters], 1 where a parameter's whole gradient is finite or not asked for,
 * else 0.
 */
export function gradientCheckProgram(
  model: Model,
  normalisation: Normalisation,
  batchSize: number,
  labelSmoothing: number,
): ProgramSource {
  return {
    fn: (inputs) => {
      const [pictures, masks, weights] = inputs.slice(-3) as [Tensor4D, Tensor2D, Tensor1D]
      const images = normalise(pictures, normalisation)
      const { gradients } = lossAndGradients(model, inputs.slice(0, -3), (parameters) =>
        admittedCrossEntropy(
          model.forward(parameters, [], images, 'training').logits,
          cast(masks, 'float32'),
          weights,
          labelSmoothing,
        ),
      )
      return [stack(gradients.map((gradient) => (gradient ? allFinite(gradient) : scalar(1))))]
    },
    inputs: [
      ...floats(model.parameters),
      picturesSpec(model, batchSize),
      { shape: [batchSize, model.config.classes], dtype: 'uint8' },
      { shape: [batchSize], dtype: 'float32' },
    ],
  }
}

/**
 * Loss and its gradients, in the order of the parameters; undefined for those that are not trained.
 * @param loss of all parameters, a scalar
 */
export function lossAndGradients(
  model: Model,
  parameters: readonly Tensor[],
  loss: (parameters: Tensor[]) => Scalar,
): { loss: Scalar; gradients: (Tensor | undefined)[] } {
  const trained = [...parameters.keys()].filter((position) => model.parameters[position]!.trainable)
  const { value, grads } = valueAndGrads((...current: Tensor[]) => {
    const all = [...parameters]
    for (const [at, position] of trained.entries()) all[position] = current[at]!
    return loss(all)
  })(trained.map((position) => parameters[position]!))
  const byPosition = new Map(trained.map((position, at) => [position, grads[at]]))
  return { loss: value, gradients: parameters.map((_, position) => byPosition.get(position)) }
}

/** 1 where all values are finite, else 0. Comparisons with NaN are false. */
export function allFinite(tensor: Tensor): Tensor {
  return min(cast(greaterEqual(scalar(LARGEST_FLOAT), abs(tensor)), 'float32'))
}

function floats(specs: readonly { readonly shape: readonly number[] }[]): TensorSpec[] {
  return specs.map(({ shape }) => ({ shape, dtype: 'float32' }))
}

function picturesSpec(model: Model, batchSize: number): TensorSpec {
  const [height, width] = model.config.inputSize
  return { shape: [batchSize, height, width, 3], dtype: 'uint8' }
}
