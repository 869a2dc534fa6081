import {
  abs,
  cast,
  greaterEqual,
  min,
  reshape,
  scalar,
  stack,
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

/** Figures of a product unit, in the order in which {@link statisticsProgram} gives them. */
export const HEALTH_FIGURES = ['floorHitFraction', 'exponentMin', 'exponentMax', 'theta', 'clipped'] as const

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
 * (parameters…, pictures) → (mean and unbiased variance of the batch…, [product units, 5] figures of
 * {@link HEALTH_FIGURES}): what recalibration averages. Without product units the last output is missing.
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
      const rows = health.map((unit) =>
        stack(
          [
            unit.floorHitFraction,
            unit.exponentMin,
            unit.exponentMax,
            unit.theta,
            unit.clipped ?? scalar(0),
          ].map((figure) => reshape(figure, [])),
        ),
      )
      return rows.length === 0 ? statistics : [...statistics, stack(rows)]
    },
    inputs: [...floats(model.parameters), picturesSpec(model, batchSize)],
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

/** (parameters…, pictures, masks, weights) → [parameters], 1 where a parameter's whole gradient is finite, else 0. */
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
      const { grads } = valueAndGrads((...parameters: Tensor[]) =>
        admittedCrossEntropy(
          model.forward(parameters, [], images, 'training').logits,
          cast(masks, 'float32'),
          weights,
          labelSmoothing,
        ),
      )(inputs.slice(0, -3))
      return [stack(grads.map(allFinite))]
    },
    inputs: [
      ...floats(model.parameters),
      picturesSpec(model, batchSize),
      { shape: [batchSize, model.config.classes], dtype: 'uint8' },
      { shape: [batchSize], dtype: 'float32' },
    ],
  }
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
