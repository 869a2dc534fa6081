/**
 * The product unit of PURe (arXiv 2505.04397): a convolution in log space,
 *
 *     y = exp(conv2d(log(max(x, t)), W)),    t = softplus(θ) + 1e-7,    one θ a layer, no bias,
 *
 * that is, each output is a product over its window of inputs raised to the power of a weight. Outside the picture the
 * logarithm is padded with zeros: factors of 1, the identity of a product.
 *
 * Gradient of m = max(x, t), with g = ∂L/∂m: the maximum hands it to x where x ≥ t, the floor itself included, and to t
 * elsewhere, and t is one number, so it collects the sum:
 *
 *     ∂L/∂x = g where x ≥ t, else 0
 *     ∂L/∂θ = sigmoid(θ)·Σ g over the places where x < t
 *
 * It is written here because TensorFlow.js's gradient of a maximum does not sum over a broadcast operand. Logarithm,
 * convolution and exponential keep theirs (the latter is dy·y: the output is kept, no second exponential).
 */
import {
  abs,
  add,
  cast,
  clipByValue,
  customGrad,
  exp,
  type GradSaveFunc,
  greater,
  greaterEqual,
  less,
  log,
  max,
  maximum,
  mean,
  min,
  mul,
  type Scalar,
  sigmoid,
  softplus,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { convolve } from './convolution.ts'

/** Added to softplus(θ), so that the floor stays above 0 whatever θ is. */
export const FLOOR_OFFSET = 1e-7

/** Rows, columns and channels. */
const WITHIN_PICTURE = [1, 2, 3]

/** How one product unit fared in a forward pass with n pictures. */
export interface ProductUnitHealth {
  readonly name: string
  /** Fraction of each picture's inputs below the floor, 0 to 1, [n]. */
  readonly floorHitFraction: Tensor1D
  /** Null for a floor alone, which has no exponents. */
  readonly exponents: ExponentHealth | null
  /** The layer's parameter: the floor is softplus(θ) + 1e-7. */
  readonly theta: Tensor
}

/** Exponents of a product unit, picture by picture. */
export interface ExponentHealth {
  /** Smallest and largest, after clipping, [n]. Beyond 88.7 the exponential overflows. */
  readonly min: Tensor1D
  readonly max: Tensor1D
  /** How many were clipped, [n]; null where there is no clip. */
  readonly clipped: Tensor1D | null
}

export interface ProductUnitResult {
  readonly output: Tensor4D
  /** Works the figures out; operations that engines need not run for the output alone. */
  health(): Omit<ProductUnitHealth, 'name'>
}

/** The floor t = softplus(θ) + 1e-7; θ = 0 gives ln 2. */
export function productUnitFloor(theta: Scalar): Scalar {
  return add(softplus(theta), FLOOR_OFFSET)
}

/**
 * max(x, softplus(θ) + 1e-7), with the gradient above.
 * @param x any shape
 * @param theta []
 */
export function applyFloor<T extends Tensor>(x: T, theta: Scalar): T {
  const apply = customGrad((...inputs: (Tensor | GradSaveFunc)[]) => {
    const [input, parameter, save] = inputs as [Tensor, Scalar, GradSaveFunc]
    const floor = productUnitFloor(parameter)
    save([input, parameter, floor])
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [x, theta, floor] = saved as [Tensor, Scalar, Scalar]
      const gradientInput = mul(dy, cast(greaterEqual(x, floor), 'float32'))
      // Where one of the two is not zero it equals the other exactly, so this difference has no rounding.
      const gradientTheta = mul(sum(sub(dy, gradientInput)), sigmoid(theta))
      return [gradientInput, gradientTheta]
    }
    return { value: maximum(input, floor), gradFunc }
  })
  return apply(x, theta) as T
}

/** Fraction of each picture's inputs below the floor, [n]. */
export function floorHits(x: Tensor4D, theta: Scalar): Tensor1D {
  return mean(cast(less(x, productUnitFloor(theta)), 'float32'), WITHIN_PICTURE)
}

/**
 * Applies a product unit.
 *
 * @param x [n, h, w, in], any real values
 * @param theta []
 * @param exponents W, [k, k, in, out], k odd
 * @param clip largest absolute exponent, or null; a clipped exponent passes no gradient
 * @returns [n, ⌈h/stride⌉, ⌈w/stride⌉, out], all above 0
 */
export function productUnit(
  x: Tensor4D,
  theta: Scalar,
  exponents: Tensor4D,
  stride: number,
  clip: number | null,
): ProductUnitResult {
  const raw = convolve(log(applyFloor(x, theta)), exponents, stride)
  const exponent = clip === null ? raw : clipByValue(raw, -clip, clip)
  return {
    output: exp(exponent),
    health: () => ({
      floorHitFraction: floorHits(x, theta),
      exponents: {
        min: min(exponent, WITHIN_PICTURE),
        max: max(exponent, WITHIN_PICTURE),
        clipped:
          clip === null ? null : sum<Tensor1D>(cast(greater(abs(raw), clip), 'float32'), WITHIN_PICTURE),
      },
      theta,
    }),
  }
}
