/**
 * A network as data: which layers follow one another, with which names and channels. Parameter counts, first weights,
 * the forward pass and the weights file all read this one description.
 */
import { BOTTLENECK_EXPANSION } from './architectures.ts'
import { architectureOf, type ModelConfig } from './config.ts'

/** Convolution without bias, zero padding (kernel − 1)/2 on each side. */
export interface ConvolutionLayer {
  readonly kind: 'convolution'
  readonly name: string
  readonly kernel: number
  readonly stride: number
  readonly from: number
  readonly to: number
}

/** y = exp(convolution(log(max(x, floor)))). */
export interface ProductUnitLayer {
  readonly kind: 'productUnit'
  readonly name: string
  readonly kernel: number
  readonly stride: number
  readonly from: number
  readonly to: number
  /** Whether its theta is trained. */
  readonly trainTheta: boolean
}

/** y = max(x, floor), without logarithm: what is left of a product unit's first part in an ablation. */
export interface FloorLayer {
  readonly kind: 'floor'
  readonly name: string
  readonly trainTheta: boolean
}

export interface NormalisationLayer {
  readonly kind: 'normalisation'
  readonly name: string
  readonly channels: number
}

export interface ReLULayer {
  readonly kind: 'relu'
  readonly name: string
}

/** Maximum over 3×3, stride 2, padding 1. */
export interface MaxPoolLayer {
  readonly kind: 'maxPool'
  readonly name: string
}

/** Shortcut A: every second row and column, channels padded with zeros up to `to`. */
export interface SubsampleLayer {
  readonly kind: 'subsample'
  readonly name: string
  readonly stride: number
  readonly from: number
  readonly to: number
}

export type Layer =
  | ConvolutionLayer
  | ProductUnitLayer
  | FloorLayer
  | NormalisationLayer
  | ReLULayer
  | MaxPoolLayer
  | SubsampleLayer

export interface ResidualBlock {
  readonly name: string
  readonly residual: readonly Layer[]
  /** Empty: the identity. */
  readonly shortcut: readonly Layer[]
  /** ReLU after the addition. */
  readonly relu: boolean
}

export interface Network {
  readonly stem: readonly Layer[]
  readonly blocks: readonly ResidualBlock[]
  /** Global average over the picture, then a linear layer. */
  readonly classifier: { readonly name: string; readonly from: number; readonly to: number }
}

/**
 * Lays a network out.
 *
 * PURe, basic block: convolution 3×3 – BN – product unit 3×3 – BN – addition; bottleneck: 1×1 – BN – product unit
 * 3×3 with the stride – BN – 1×1 – BN – addition. The ResNet twin has a plain convolution for the product unit, and a
 * ReLU after each BN that is not followed by the addition, and after the addition. `config.secondLayer` puts other layers
 * in the place of the product unit.
 */
export function describeNetwork(config: ModelConfig): Network {
  const { family, blocks, channels, bottleneck } = architectureOf(config.architecture)
  const resnet = family === 'resnet'
  const scale = (count: number) => Math.max(1, Math.round(count * config.width))

  const convolution = (name: string, kernel: number, stride: number, from: number, to: number): Layer => ({
    kind: 'convolution',
    name,
    kernel,
    stride,
    from,
    to,
  })
  const trainTheta = !config.fixedTheta
  const second = (name: string, stride: number, from: number, to: number): Layer[] => {
    if (!resnet && config.secondLayer === 'product')
      return [{ kind: 'productUnit', name: `${name}.product`, kernel: 3, stride, from, to, trainTheta }]
    const sum = convolution(`${name}.convolution`, 3, stride, from, to)
    if (config.secondLayer === 'floor') return [{ kind: 'floor', name: `${name}.floor`, trainTheta }, sum]
    // Where log(max(x, t)) stands, so before the convolution; behind it BN and the addition follow, as in a ResNet.
    if (config.secondLayer === 'convolution-relu') return [{ kind: 'relu', name: `${name}.relu` }, sum]
    return [sum]
  }
  const normalised = (name: string, layers: readonly Layer[], to: number, relu: boolean): Layer[] => {
    const norm: Layer = { kind: 'normalisation', name: `${name}.norm`, channels: to }
    return relu ? [...layers, norm, { kind: 'relu', name: `${name}.relu` }] : [...layers, norm]
  }

  const block = (name: string, from: number, inside: number, stride: number): ResidualBlock => {
    const to = bottleneck ? inside * BOTTLENECK_EXPANSION : inside
    const first = convolution(
      `${name}.first.convolution`,
      bottleneck ? 1 : 3,
      bottleneck ? 1 : stride,
      from,
      inside,
    )
    const residual = [
      ...normalised(`${name}.first`, [first], inside, resnet),
      ...normalised(
        `${name}.second`,
        second(`${name}.second`, bottleneck ? stride : 1, inside, inside),
        inside,
        resnet && bottleneck,
      ),
    ]
    if (bottleneck) {
      const third = convolution(`${name}.third.convolution`, 1, 1, inside, to)
      residual.push(...normalised(`${name}.third`, [third], to, false))
    }
    let shortcut: Layer[] = []
    if (stride !== 1 || from !== to) {
      const label = `${name}.shortcut`
      shortcut =
        config.shortcut === 'A'
          ? [{ kind: 'subsample', name: label, stride, from, to }]
          : normalised(label, [convolution(`${label}.convolution`, 1, stride, from, to)], to, false)
    }
    return { name, residual, shortcut, relu: config.finalReLU }
  }

  let width = scale(channels[0]!)
  const imagenet = config.stem === 'imagenet'
  const stem = normalised(
    'stem',
    [convolution('stem.convolution', imagenet ? 7 : 3, imagenet ? 2 : 1, 3, width)],
    width,
    resnet,
  )
  if (imagenet) stem.push({ kind: 'maxPool', name: 'stem.pool' })

  const laid: ResidualBlock[] = []
  for (const [stage, count] of blocks.entries()) {
    const inside = scale(channels[stage]!)
    for (let index = 0; index < count; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1
      laid.push(block(`stage${stage + 1}.block${index + 1}`, width, inside, stride))
      width = bottleneck ? inside * BOTTLENECK_EXPANSION : inside
    }
  }
  return { stem, blocks: laid, classifier: { name: 'classifier', from: width, to: config.classes } }
}

/** All layers that may hold parameters, in the order of the forward pass (a block's shortcut after its residual). */
export function* layersOf(network: Network): Generator<Layer> {
  yield* network.stem
  for (const block of network.blocks) {
    yield* block.residual
    yield* block.shortcut
  }
}
