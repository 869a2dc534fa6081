/**
 * First weights, on the host and from seeded numbers only, so that they are the same whatever engine trains.
 *
 * - kernels: normal, standard deviation sqrt(2/(k²·out)) (He et al. 2015, fan-out, as ResNets are usually begun); so too
 *   where a convolution stands in the place of a product unit, whatever `initialisation` says of exponents;
 * - exponents: normal, sqrt(1/(27·in)) (`scaled`: a quarter or so in the exponent's spread, finite outputs even before
 *   the running statistics have converged) or the kernels' rule (`kaiming`);
 * - theta 0 (floor ln 2), gamma 1, beta 0, running mean 0, running variance 1;
 * - classifier: uniform within ±1/sqrt(in), weight and bias, PyTorch's default.
 */
import type { HostTensor } from '../engine/types.ts'
import { RandomStream } from '../random/index.ts'
import type { ModelConfig } from './config.ts'
import { elementCount, type ParameterSpec } from './parameters.ts'

/** Sets these streams apart from others that start from the same seed. */
const PURPOSE = 0x1717

function fillNormal(data: Float32Array, deviation: number, stream: RandomStream): void {
  for (let index = 0; index < data.length; index++) data[index] = deviation * stream.normal()
}

function fillUniform(data: Float32Array, bound: number, stream: RandomStream): void {
  for (let index = 0; index < data.length; index++) data[index] = bound * (2 * stream.uniform() - 1)
}

/**
 * Draws the first value of each tensor.
 *
 * @param specs parameters or statistics of one network; each has a stream of its own, named by seed and position
 * @param classifierInputs channels that reach the classifier
 * @param seed integer from 0 to 2⁵³ − 1
 */
export function initialTensors(
  specs: readonly ParameterSpec[],
  config: ModelConfig,
  classifierInputs: number,
  seed: number,
): HostTensor[] {
  return specs.map(({ shape, kind }, position) => {
    const data = new Float32Array(elementCount(shape))
    const stream = new RandomStream(seed, PURPOSE, position)
    const [side = 1, , from = 1, to = 1] = shape
    const fanOut = Math.sqrt(2 / (side * side * to))
    switch (kind) {
      case 'kernel':
        fillNormal(data, fanOut, stream)
        break
      case 'exponents':
        fillNormal(data, config.initialisation === 'scaled' ? Math.sqrt(1 / (27 * from)) : fanOut, stream)
        break
      case 'weight':
      case 'bias':
        fillUniform(data, 1 / Math.sqrt(classifierInputs), stream)
        break
      case 'gamma':
      case 'variance':
        data.fill(1)
        break
    }
    return { shape, dtype: 'float32', data }
  })
}
