import { PureGalaxyError } from '../errors.ts'
import { ARCHITECTURES, type Architecture, type Stem } from './architectures.ts'

/** All that fixes a network's shape and its first weights. Plain JSON: it is stored in every weights file. */
export interface ModelConfig {
  /** `pure18|34|50|101|152`, `pure20|32|44|56|110|272`, or the `resnet…` twin. */
  readonly architecture: string
  /** Number of classes, at least 2. */
  readonly classes: number
  /** Height, width and channels of the pictures. The weights do not depend on it; a classifier resizes to it. */
  readonly inputSize: readonly [height: number, width: number, channels: 3]
  /** Factor on all channel counts, above 0, at most 8. */
  readonly width: number
  /** `cifar`: convolution 3×3; `imagenet`: convolution 7×7, stride 2, then max pooling. */
  readonly stem: Stem
  /** Where a block changes shape: `A` subsamples and pads with zeros, `B` is a 1×1 convolution with normalisation. */
  readonly shortcut: 'A' | 'B'
  /** ReLU after each addition: PURe's third version; false is its first. A ResNet always has it. */
  readonly finalReLU: boolean
  /** Standard deviation of the exponent weights: sqrt(1/(27·C_in)), or Kaiming's fan-out rule. No matter to a ResNet. */
  readonly initialisation: 'scaled' | 'kaiming'
  /** Largest absolute exponent, above 0, or null: exponents as they are. Null where there are no product units. */
  readonly exponentClip: number | null
  /** What stands in the place of a PURe's product units; `product` in a ResNet, which has none. */
  readonly secondLayer: SecondLayer
  /** Whether the floors stay at ln 2, where they begin. Only where there are floors: `product` and `floor` of a PURe. */
  readonly fixedTheta: boolean
}

/**
 * The second layer of PURe's blocks, and what it is compared with (see `docs/product-unit.md`); W is its kernel and
 * t = softplus(θ) + 1e-7 its floor:
 *
 * - `product`: exp(conv(log(max(x, t)), W)), the product unit;
 * - `floor`: conv(max(x, t), W), its floor without logarithm and exponential: a sum where the product was;
 * - `convolution-relu`: conv(max(x, 0), W), the ReLU standing where the floor does;
 * - `convolution`: conv(x, W), and nothing that is not linear.
 */
export type SecondLayer = 'product' | 'convolution' | 'convolution-relu' | 'floor'

const SECOND_LAYERS: readonly SecondLayer[] = ['product', 'convolution', 'convolution-relu', 'floor']

const DEFAULT_SIDE: Readonly<Record<Stem, number>> = { cifar: 32, imagenet: 224 }
const LARGEST_WIDTH = 8
const LARGEST_SIDE = 8192

function refuse(what: string): never {
  throw new PureGalaxyError('model.config', what)
}

function oneOf<T extends string>(name: string, value: T, choices: readonly T[]): T {
  if (!choices.includes(value))
    refuse(`${name} is ${JSON.stringify(value)}; expected ${choices.join(' or ')}.`)
  return value
}

/**
 * The architecture of that name.
 * @throws `model.config` listing the names where there is none
 */
export function architectureOf(name: string): Architecture {
  const architecture = ARCHITECTURES.get(name)
  if (!architecture) {
    refuse(
      `There is no architecture ${JSON.stringify(name)}; there are ${[...ARCHITECTURES.keys()].join(', ')}.`,
    )
  }
  return architecture
}

/**
 * Fills what is left out with the architecture's defaults (10 classes, 32 or 224 pixels, width 1, its own stem,
 * shortcut B, no final ReLU, scaled initialisation, no clip, product units with floors that are trained) and checks the
 * rest.
 *
 * @throws `model.config` naming the setting, its value and what was expected
 * @example
 * resolveModelConfig({ architecture: 'pure20', inputSize: [64, 64, 3] })
 */
export function resolveModelConfig(partial: Partial<ModelConfig> & { architecture: string }): ModelConfig {
  const architecture = architectureOf(partial.architecture)
  const resnet = architecture.family === 'resnet'
  const stem = oneOf('stem', partial.stem ?? architecture.stem, ['cifar', 'imagenet'])
  const secondLayer = oneOf('secondLayer', partial.secondLayer ?? 'product', SECOND_LAYERS)
  const config: ModelConfig = {
    architecture: partial.architecture,
    classes: partial.classes ?? 10,
    inputSize: partial.inputSize ?? [DEFAULT_SIDE[stem], DEFAULT_SIDE[stem], 3],
    width: partial.width ?? 1,
    stem,
    shortcut: oneOf('shortcut', partial.shortcut ?? 'B', ['A', 'B']),
    finalReLU: resnet || (partial.finalReLU ?? false),
    initialisation: oneOf('initialisation', partial.initialisation ?? 'scaled', ['scaled', 'kaiming']),
    exponentClip: resnet || secondLayer !== 'product' ? null : (partial.exponentClip ?? null),
    secondLayer,
    fixedTheta: partial.fixedTheta ?? false,
  }
  const { classes, inputSize, width, exponentClip } = config
  if (!Number.isInteger(classes) || classes < 2 || classes > 100_000) {
    refuse(`classes is ${classes}; expected an integer from 2 to 100000.`)
  }
  if (!Array.isArray(inputSize)) refuse(`inputSize is ${inputSize}; expected [height, width, 3].`)
  const [height, columns, channels] = inputSize
  const isSide = (side: number) => Number.isInteger(side) && side >= 1 && side <= LARGEST_SIDE
  if (inputSize.length !== 3 || !isSide(height) || !isSide(columns) || channels !== 3) {
    refuse(`inputSize is [${inputSize}]; expected [height, width, 3] with sides from 1 to ${LARGEST_SIDE}.`)
  }
  if (!(width > 0 && width <= LARGEST_WIDTH)) {
    refuse(`width is ${width}; expected a factor above 0 and at most ${LARGEST_WIDTH}.`)
  }
  if (typeof config.finalReLU !== 'boolean')
    refuse(`finalReLU is ${config.finalReLU}; expected true or false.`)
  if (exponentClip !== null && !(exponentClip > 0 && Number.isFinite(exponentClip))) {
    refuse(`exponentClip is ${exponentClip}; expected a number above 0, or null.`)
  }
  if (config.shortcut === 'A' && architecture.channels.length !== 3) {
    refuse(
      `${config.architecture} has no shortcut A; only the CIFAR nets (depth 20, 32 …) have. Use shortcut B.`,
    )
  }
  checkAblation(config, resnet)
  return config
}

function checkAblation({ architecture, secondLayer, fixedTheta }: ModelConfig, resnet: boolean): void {
  if (typeof fixedTheta !== 'boolean') refuse(`fixedTheta is ${fixedTheta}; expected true or false.`)
  if (resnet && (secondLayer !== 'product' || fixedTheta)) {
    const setting = fixedTheta ? 'fixedTheta is true' : `secondLayer is ${secondLayer}`
    refuse(
      `${setting}, but ${architecture} has no product units; leave that out, or take ${architecture.replace('resnet', 'pure')}.`,
    )
  }
  if (fixedTheta && secondLayer !== 'product' && secondLayer !== 'floor') {
    refuse(`fixedTheta is true, but a secondLayer ${secondLayer} has no theta; leave one of the two out.`)
  }
}
