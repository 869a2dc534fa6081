import {
  add,
  matMul,
  mean,
  relu,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import type { HostTensor } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import { normaliseByBatch, normaliseByStatistics } from './batch-normalisation.ts'
import { type ModelConfig, resolveModelConfig } from './config.ts'
import { convolve, stemPool } from './convolution.ts'
import { initialTensors } from './initialise.ts'
import { describeNetwork, type Layer } from './network.ts'
import { type ParameterSpec, parametersOf, statisticsOf } from './parameters.ts'
import { applyFloor, floorHits, type ProductUnitHealth, productUnit } from './product-unit.ts'
import { subsampleAndPad } from './shortcut.ts'

/** `training` normalises with the batch's statistics, `inference` with the running ones. */
export type ForwardMode = 'training' | 'inference'

export interface ForwardResult {
  /** [n, classes] */
  readonly logits: Tensor2D
  /** Training: mean and biased variance of this batch, in the order of `Model.statistics`. Inference: empty. */
  readonly batchStatistics: Tensor[]
  /** Values behind each entry of `batchStatistics` (pictures × rows × columns), for the unbiased variance. */
  readonly batchCounts: number[]
  /** The output of every layer, in order: where a number that is not finite first appeared. */
  readonly layers: { readonly name: string; readonly output: Tensor }[]
  /** One entry a product unit, or a floor in its place; empty in a network without floors. */
  health(): ProductUnitHealth[]
}

export interface Model {
  readonly config: ModelConfig
  readonly parameters: readonly ParameterSpec[]
  readonly statistics: readonly ParameterSpec[]
  /** First weights and statistics from a seed, the same on every engine. */
  initialise(seed: number): { parameters: HostTensor[]; statistics: HostTensor[] }
  /**
   * The network as a pure function of tensors, to be traced or run eagerly.
   *
   * @param parameters as `Model.parameters`, in order
   * @param statistics as `Model.statistics`, in order; not read in training mode
   * @param images [n, h, w, 3], float32, normalised (see `normalise`)
   * @throws `model.tensors` where the number of tensors is not the model's
   */
  forward(
    parameters: readonly Tensor[],
    statistics: readonly Tensor[],
    images: Tensor4D,
    mode: ForwardMode,
  ): ForwardResult
}

/** Hands out tensors in the order in which the layers ask for them. */
function dealer(what: string, tensors: readonly Tensor[], expected: number): <T extends Tensor>() => T {
  if (tensors.length !== expected) {
    throw new PureGalaxyError(
      'model.tensors',
      `The model was given ${tensors.length} ${what}; it has ${expected}.`,
    )
  }
  let next = 0
  return <T extends Tensor>() => tensors[next++] as T
}

/**
 * Builds a network of the PURe or ResNet families.
 *
 * @throws `model.config` for a configuration that does not exist
 * @example
 * const model = createModel(resolveModelConfig({ architecture: 'pure20', inputSize: [64, 64, 3] }))
 * const { parameters, statistics } = model.initialise(1)
 */
export function createModel(partial: Partial<ModelConfig> & { architecture: string }): Model {
  const config = resolveModelConfig(partial)
  const network = describeNetwork(config)
  const parameterSpecs = parametersOf(network)
  const statisticSpecs = statisticsOf(network)

  function forward(
    parameters: readonly Tensor[],
    statistics: readonly Tensor[],
    images: Tensor4D,
    mode: ForwardMode,
  ): ForwardResult {
    const parameter = dealer('parameters', parameters, parameterSpecs.length)
    const statistic =
      mode === 'inference' ? dealer('statistics', statistics, statisticSpecs.length) : undefined
    const batchStatistics: Tensor[] = []
    const batchCounts: number[] = []
    const layers: { name: string; output: Tensor }[] = []
    const health: (() => ProductUnitHealth)[] = []

    const apply = (layer: Layer, x: Tensor4D): Tensor4D => {
      switch (layer.kind) {
        case 'convolution':
          return convolve(x, parameter(), layer.stride)
        case 'productUnit': {
          const exponents = parameter<Tensor4D>()
          const result = productUnit(x, parameter<Scalar>(), exponents, layer.stride, config.exponentClip)
          health.push(() => ({ name: layer.name, ...result.health() }))
          return result.output
        }
        case 'floor': {
          const theta = parameter<Scalar>()
          health.push(() => ({
            name: layer.name,
            floorHitFraction: floorHits(x, theta),
            exponents: null,
            theta,
          }))
          return applyFloor(x, theta)
        }
        case 'normalisation': {
          const gamma = parameter<Tensor1D>()
          const beta = parameter<Tensor1D>()
          if (statistic) return normaliseByStatistics(x, gamma, beta, statistic(), statistic())
          const result = normaliseByBatch(x, gamma, beta)
          const [n, h, w] = x.shape
          batchStatistics.push(result.mean, result.variance)
          batchCounts.push(n * h * w, n * h * w)
          return result.output
        }
        case 'relu':
          return relu(x)
        case 'maxPool':
          return stemPool(x)
        case 'subsample':
          return subsampleAndPad(x, layer.stride, layer.to)
      }
    }
    const record = <T extends Tensor>(name: string, output: T): T => {
      layers.push({ name, output })
      return output
    }
    const sequence = (steps: readonly Layer[], x: Tensor4D) =>
      steps.reduce((input, layer) => record(layer.name, apply(layer, input)), x)

    let x = sequence(network.stem, images)
    for (const block of network.blocks) {
      const residual = sequence(block.residual, x)
      const total: Tensor4D = add(residual, sequence(block.shortcut, x))
      x = record(block.name, block.relu ? relu(total) : total)
    }
    const features = record('pool', mean<Tensor2D>(x, [1, 2]))
    const weight = parameter<Tensor2D>()
    const logits: Tensor2D = add(matMul(features, weight), parameter<Tensor1D>())
    record(network.classifier.name, logits)
    return { logits, batchStatistics, batchCounts, layers, health: () => health.map((unit) => unit()) }
  }

  return {
    config,
    parameters: parameterSpecs,
    statistics: statisticSpecs,
    initialise: (seed) => ({
      parameters: initialTensors(parameterSpecs, config, network.classifier.from, seed),
      statistics: initialTensors(statisticSpecs, config, network.classifier.from, seed),
    }),
    forward,
  }
}
