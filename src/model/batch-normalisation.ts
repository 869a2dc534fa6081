/**
 * Batch normalisation (Ioffe and Szegedy 2015) over pictures, rows and columns of NHWC tensors.
 *
 * Training: with n values a channel, μ = Σx/n, v = Σ(x − μ)²/n, r = 1/sqrt(v + ε), c = x − μ, x̂ = c·r, the output is
 * y = γ·x̂ + β. Let g = ∂L/∂y. Then
 *
 *     ∂L/∂β = Σg            ∂L/∂γ = Σ g·x̂ = r·Σ g·c
 *
 * and x acts on y directly, through μ and through v. Because Σc = 0, v's own dependence on μ drops out:
 *
 *     ∂L/∂v = −½·γ·r³·Σ g·c             ∂L/∂μ = −γ·r·Σg
 *     ∂L/∂x = γ·r·g + ∂L/∂v·2c/n + ∂L/∂μ/n
 *           = γ·r·g − (c·(γ·r³·Σ g·c/n) + γ·r·Σg/n)
 *
 * which is two reductions and a handful of elementwise kernels, where TensorFlow.js's gradients, op by op, take three
 * times as many. A backend that has all of it as one kernel is given that instead.
 */
import {
  add,
  customGrad,
  type GradSaveFunc,
  mean,
  mul,
  rsqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { normaliseByKernel } from '../engine/normalisation-kernel.ts'

/** PyTorch's default. */
export const NORMALISATION_EPSILON = 1e-5

const PICTURES_AND_PLACE = [0, 1, 2]

export interface TrainingNormalisation {
  readonly output: Tensor4D
  /** Of this batch, [channels]. */
  readonly mean: Tensor1D
  /** Of this batch, biased (divided by n), [channels]. */
  readonly variance: Tensor1D
}

/**
 * Normalises with the statistics of the batch. No gradient flows through the returned mean and variance.
 *
 * @param x [n, h, w, channels]
 * @param gamma scale, [channels]
 * @param beta shift, [channels]
 */
export function normaliseByBatch(x: Tensor4D, gamma: Tensor1D, beta: Tensor1D): TrainingNormalisation {
  return normaliseByKernel(x, gamma, beta, NORMALISATION_EPSILON) ?? normaliseByOperations(x, gamma, beta)
}

function normaliseByOperations(x: Tensor4D, gamma: Tensor1D, beta: Tensor1D): TrainingNormalisation {
  const [n, h, w] = x.shape
  const perValue = 1 / (n * h * w)
  // Outside the custom gradient, so that they outlive it; nothing differentiates them, so their own gradients never run.
  const average = mean<Tensor1D>(x, PICTURES_AND_PLACE)
  const centred: Tensor4D = sub(x, average)
  const variance = mean<Tensor1D>(square(centred), PICTURES_AND_PLACE)
  const inverse = rsqrt(add(variance, NORMALISATION_EPSILON))

  const apply = customGrad((...inputs: (Tensor | GradSaveFunc)[]) => {
    const [, scale, shift, save] = inputs as [Tensor, Tensor, Tensor, GradSaveFunc]
    save([centred, scale, inverse])
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [c, g, r] = saved as [Tensor, Tensor, Tensor]
      const sumOfGradients = sum(dy, PICTURES_AND_PLACE)
      const gradientGamma = mul(sum(mul(dy, c), PICTURES_AND_PLACE), r)
      const factor = mul(g, r)
      const slope = mul(mul(mul(factor, r), gradientGamma), perValue)
      const offset = mul(mul(factor, sumOfGradients), perValue)
      return [sub(mul(dy, factor), add(mul(c, slope), offset)), gradientGamma, sumOfGradients]
    }
    return { value: add(mul(centred, mul(scale, inverse)), shift), gradFunc }
  })
  return { output: apply(x, gamma, beta) as Tensor4D, mean: average, variance }
}

/**
 * Normalises with running statistics, as x·scale + shift, so that an engine can fold the scale into the convolution
 * before it.
 *
 * @param x [n, h, w, channels]
 * @param average running mean, [channels]
 * @param variance running variance, [channels]
 */
export function normaliseByStatistics(
  x: Tensor4D,
  gamma: Tensor1D,
  beta: Tensor1D,
  average: Tensor1D,
  variance: Tensor1D,
): Tensor4D {
  const scale = mul(gamma, rsqrt(add(variance, NORMALISATION_EPSILON)))
  const shift = sub(beta, mul(average, scale))
  return add(mul(x, scale), shift)
}
