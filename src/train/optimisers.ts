import { add, div, mul, type Scalar, sqrt, square, sub, type Tensor } from '@tensorflow/tfjs-core'
import { PureGalaxyError } from '../errors.ts'
import type { AdamwOptions, OptimiserOptions, SgdOptions } from './options.ts'

/**
 * An optimiser as pure functions: what it keeps per parameter (`slots`), the numbers that it wants at each step, and the
 * update. What depends on the step count alone is computed on the host in float64, so that the compiled step holds no
 * powers (1 − 0.999 in float32 would lose four digits).
 */
export interface Optimiser {
  /** Names of the tensors kept for each parameter, of its shape, zero at the start. */
  readonly slots: readonly string[]
  /** Number of scalars that `scalars` gives and `update` takes. */
  readonly scalarCount: number
  /** @param step from 1 */
  scalars(learningRate: number, step: number): number[]
  /** @param decay whether weight decay acts on this parameter */
  update(update: ParameterUpdate): { parameter: Tensor; slots: Tensor[] }
}

export interface ParameterUpdate {
  readonly parameter: Tensor
  readonly gradient: Tensor
  readonly slots: readonly Tensor[]
  readonly scalars: readonly Scalar[]
  readonly decay: boolean
}

/** @throws PureGalaxyError `train.option` for values out of range */
export function createOptimiser(options: OptimiserOptions): Optimiser {
  return options.name === 'sgd' ? momentumSgd(options) : adamw(options)
}

function momentumSgd({ momentum, weightDecay }: SgdOptions): Optimiser {
  requireFraction('momentum', momentum)
  requireNotNegative('weight decay', weightDecay)
  return {
    slots: ['momentum'],
    scalarCount: 1,
    scalars: (learningRate) => [learningRate],
    update({ parameter, gradient, slots, scalars, decay }) {
      const full = decay && weightDecay > 0 ? add(gradient, mul(parameter, weightDecay)) : gradient
      const velocity = add(mul(slots[0]!, momentum), full)
      return { parameter: sub(parameter, mul(velocity, scalars[0]!)), slots: [velocity] }
    },
  }
}

function adamw({ beta1, beta2, epsilon, weightDecay }: AdamwOptions): Optimiser {
  requireFraction('beta1', beta1)
  requireFraction('beta2', beta2)
  requireNotNegative('weight decay', weightDecay)
  if (!(epsilon > 0))
    throw new PureGalaxyError('train.option', `epsilon is ${epsilon}; expected more than 0.`)
  return {
    slots: ['first', 'second'],
    scalarCount: 3,
    scalars: (learningRate, step) => [
      1 - learningRate * weightDecay,
      learningRate / (1 - beta1 ** step),
      1 / Math.sqrt(1 - beta2 ** step),
    ],
    update({ parameter, gradient, slots, scalars, decay }) {
      const [keep, stepSize, secondScale] = scalars as [Scalar, Scalar, Scalar]
      const first = add(mul(slots[0]!, beta1), mul(gradient, 1 - beta1))
      const second = add(mul(slots[1]!, beta2), mul(square(gradient), 1 - beta2))
      const direction = div(first, add(mul(sqrt(second), secondScale), epsilon))
      const shrunk = decay && weightDecay > 0 ? mul(parameter, keep) : parameter
      return { parameter: sub(shrunk, mul(direction, stepSize)), slots: [first, second] }
    },
  }
}

function requireFraction(name: string, value: number): void {
  if (!(value >= 0 && value < 1))
    throw new PureGalaxyError('train.option', `The ${name} is ${value}; expected 0 to below 1.`)
}

function requireNotNegative(name: string, value: number): void {
  if (!(value >= 0 && Number.isFinite(value)))
    throw new PureGalaxyError('train.option', `The ${name} is ${value}; expected 0 or more.`)
}
