/**
 * What a network holds: its parameters and its running statistics, by name, shape and meaning. Also the
 * counts, which need no tensors.
 */
import { ARCHITECTURES } from './architectures.ts'
import { type ModelConfig, resolveModelConfig } from './config.ts'
import { describeNetwork, type FloorLayer, layersOf, type Network, type ProductUnitLayer } from './network.ts'

/**
 * `kernel`: of a convolution; `exponents`, `theta`: of a product unit (a floor alone has `theta` too); `gamma`, `beta`: scale and shift of a
 * normalisation; `weight`, `bias`: of the classifier; `mean`, `variance`: running statistics.
 */
export type ParameterKind =
  | 'kernel'
  | 'exponents'
  | 'theta'
  | 'gamma'
  | 'beta'
  | 'weight'
  | 'bias'
  | 'mean'
  | 'variance'

export interface ParameterSpec {
  readonly name: string
  /** Kernels and exponents are [height, width, in, out], the classifier's weight [in, out], theta []. */
  readonly shape: readonly number[]
  readonly kind: ParameterKind
  /** Whether weight decay applies: to kernels, exponents and the classifier's weight. */
  readonly decay: boolean
  /** Whether training changes it by its gradient. Running statistics are not trained, nor is a theta that is fixed. */
  readonly trainable: boolean
}

const DECAYING: readonly ParameterKind[] = ['kernel', 'exponents', 'weight']

const STATISTICS: readonly ParameterKind[] = ['mean', 'variance']

function spec(name: string, kind: ParameterKind, ...shape: number[]): ParameterSpec {
  const [decay, trainable] = [DECAYING.includes(kind), !STATISTICS.includes(kind)]
  return { name: `${name}.${kind}`, shape, kind, decay, trainable }
}

const thetaOf = ({ name, trainTheta }: ProductUnitLayer | FloorLayer): ParameterSpec => ({
  ...spec(name, 'theta'),
  trainable: trainTheta,
})

/** The parameters, in the order in which the forward pass takes them. */
export function parametersOf(network: Network): ParameterSpec[] {
  const specs: ParameterSpec[] = []
  for (const layer of layersOf(network)) {
    const { name } = layer
    switch (layer.kind) {
      case 'convolution':
        specs.push(spec(name, 'kernel', layer.kernel, layer.kernel, layer.from, layer.to))
        break
      case 'productUnit':
        specs.push(spec(name, 'exponents', layer.kernel, layer.kernel, layer.from, layer.to), thetaOf(layer))
        break
      case 'floor':
        specs.push(thetaOf(layer))
        break
      case 'normalisation':
        specs.push(spec(name, 'gamma', layer.channels), spec(name, 'beta', layer.channels))
        break
    }
  }
  const { name, from, to } = network.classifier
  specs.push(spec(name, 'weight', from, to), spec(name, 'bias', to))
  return specs
}

/** The running mean and variance of each normalisation, in order: mean, variance, mean, variance … */
export function statisticsOf(network: Network): ParameterSpec[] {
  const specs: ParameterSpec[] = []
  for (const layer of layersOf(network)) {
    if (layer.kind === 'normalisation') {
      specs.push(spec(layer.name, 'mean', layer.channels), spec(layer.name, 'variance', layer.channels))
    }
  }
  return specs
}

/** Number of elements of a tensor of that shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1)
}

/**
 * Number of trainable parameters: neither running statistics nor a fixed theta are counted. A network with convolutions in
 * place of its product units, or with fixed thetas, has one fewer a unit, as many as its ResNet twin.
 * @throws `model.config` as `resolveModelConfig`
 * @example
 * countParameters({ architecture: 'pure20' }) // 272483
 */
export function countParameters(partial: Partial<ModelConfig> & { architecture: string }): number {
  const network = describeNetwork(resolveModelConfig(partial))
  return parametersOf(network).reduce(
    (total, { shape, trainable }) => total + (trainable ? elementCount(shape) : 0),
    0,
  )
}

export interface ArchitectureInfo {
  readonly name: string
  /** Trainable parameters with ten classes and default settings. */
  readonly parameters: number
  readonly inputSize: readonly [height: number, width: number, channels: 3]
}

/** Every architecture, with its size at ten classes: what `puregalaxy models` lists. */
export function listArchitectures(): ArchitectureInfo[] {
  return [...ARCHITECTURES.keys()].map((name) => ({
    name,
    parameters: countParameters({ architecture: name, classes: 10 }),
    inputSize: resolveModelConfig({ architecture: name }).inputSize,
  }))
}
