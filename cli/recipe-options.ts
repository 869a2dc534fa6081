import { Option } from 'commander'
import { PureGalaxyError } from '../src/errors.ts'
import type {
  AugmentationOptions,
  ClassWeighting,
  NoiseAugmentation,
  OptimiserOptions,
  PresetName,
  Recipe,
  ScheduleOptions,
} from '../src/train/index.ts'
import { decimal, decimalAbove, decimals, defined, integer, noiseLevels, usageError } from './options.ts'

/** Options of `train` that change the recipe; what is left out comes from the preset. */
export interface RecipeOptions {
  readonly preset?: PresetName
  readonly epochs?: number
  readonly batchSize?: number
  readonly learningRate?: number
  readonly optimiser?: 'sgd' | 'adamw'
  readonly momentum?: number
  readonly weightDecay?: number
  readonly schedule?: 'constant' | 'step' | 'cosine'
  readonly stepEpochs?: readonly number[]
  readonly stepFactor?: number
  readonly warmupEpochs?: number
  readonly labelSmoothing?: number
  readonly classWeights?: ClassWeighting
  readonly symmetry?: AugmentationOptions['symmetry']
  readonly padAndCrop?: number
  readonly resizedCrop?: number
  readonly redraw?: number
  readonly noise?: NoiseAugmentation['protocol']
  readonly noiseLevels?: readonly number[]
  readonly noiseProbability?: number
}

/** The recipe's options as commander knows them. */
export function recipeOptions(): Option[] {
  const option = (flags: string, text: string) => new Option(flags, text)
  return [
    option('--preset <name>', 'recipe to start from').choices(['paper-cifar10', 'galaxy10']),
    option('--epochs <number>', 'epochs').argParser(integer(1, 100_000)),
    option('--batch-size <number>', 'pictures a step').argParser(integer(2, 65_536)),
    option('--learning-rate <number>', 'base learning rate').argParser(decimalAbove(0, 100)),
    option('--optimiser <name>', 'optimiser').choices(['sgd', 'adamw']),
    option('--momentum <number>', 'of SGD').argParser(decimal(0, 0.9999)),
    option('--weight-decay <number>', 'weight decay').argParser(decimal(0)),
    option('--schedule <name>', 'of the learning rate').choices(['constant', 'step', 'cosine']),
    option('--step-epochs <list>', 'epochs after which the step schedule multiplies, by commas').argParser(
      decimals(0, 100_000),
    ),
    option('--step-factor <number>', 'what the step schedule multiplies by').argParser(decimal(0, 1)),
    option('--warmup-epochs <number>', 'epochs of linear warm-up').argParser(decimal(0)),
    option('--label-smoothing <number>', 'share of the target spread over the classes').argParser(
      decimal(0, 0.99),
    ),
    option('--class-weights <kind>', 'weigh classes by their inverse frequency, or its root').choices([
      'none',
      'inverse',
      'inverse-sqrt',
    ]),
    option('--symmetry <kind>', 'random symmetries of training pictures').choices(['none', 'flip', 'square']),
    option('--pad-and-crop <pixels>', 'pad, then crop at random').argParser(integer(0, 512)),
    option('--resized-crop <fraction>', 'random resized crop: smallest fraction of the area').argParser(
      decimal(0.01, 1),
    ),
    option('--redraw <fraction>', 'pictures redrawn with another sky, scale and noise').argParser(
      decimal(0, 1),
    ),
    option('--noise <protocol>', 'noise on training pictures (default: none)').choices([
      'counts',
      'additive',
      'exposure',
    ]),
    option('--noise-levels <list>', 'levels to draw from, by commas (default: those of its tests)').argParser(
      noiseLevels,
    ),
    option('--noise-probability <fraction>', 'pictures that get noise (default: 0.5)').argParser(
      decimalAbove(0, 1),
    ),
  ]
}

/**
 * The recipe's parts that the command line sets, over those of the preset (or of the default recipe) where a part has
 * several numbers.
 */
export async function recipeFrom(
  options: RecipeOptions,
  base: Recipe,
): Promise<Partial<Recipe> & { preset?: PresetName }> {
  return defined({
    preset: options.preset,
    epochs: options.epochs,
    batchSize: options.batchSize,
    learningRate: options.learningRate,
    warmupEpochs: options.warmupEpochs,
    labelSmoothing: options.labelSmoothing,
    classWeights: options.classWeights,
    optimiser: optimiser(options, base.optimiser),
    schedule: schedule(options, base.schedule),
    augmentation: {
      ...base.augmentation,
      ...defined({
        symmetry: options.symmetry,
        padAndCrop: options.padAndCrop,
        resizedCrop: options.resizedCrop,
        redraw: options.redraw,
        noise: await noise(options),
      }),
    },
  })
}

async function noise(options: RecipeOptions): Promise<NoiseAugmentation | undefined> {
  const { noise: protocol, noiseLevels, noiseProbability: probability = 0.5 } = options
  if (protocol === undefined) {
    if (noiseLevels !== undefined || options.noiseProbability !== undefined)
      throw usageError('--noise-levels and --noise-probability belong to --noise.')
    return undefined
  }
  const { openProtocol } = await import('../src/noise/index.ts')
  try {
    return { protocol, levels: openProtocol(protocol, noiseLevels).levels, probability }
  } catch (error) {
    if (error instanceof PureGalaxyError && error.code.startsWith('noise.')) throw usageError(error.message)
    throw error
  }
}

function optimiser(options: RecipeOptions, base: OptimiserOptions): OptimiserOptions {
  const name = options.optimiser ?? base.name
  const weightDecay = options.weightDecay ?? base.weightDecay
  if (name === 'adamw') {
    if (options.momentum !== undefined) throw usageError('--momentum belongs to --optimiser sgd, not adamw.')
    const betas = base.name === 'adamw' ? base : { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    return { ...betas, name, weightDecay }
  }
  return { name, momentum: options.momentum ?? (base.name === 'sgd' ? base.momentum : 0.9), weightDecay }
}

function schedule(options: RecipeOptions, base: ScheduleOptions): ScheduleOptions {
  const name = options.schedule ?? base.name
  if (name !== 'step') {
    if (options.stepEpochs !== undefined || options.stepFactor !== undefined) {
      throw usageError('--step-epochs and --step-factor belong to --schedule step.')
    }
    return { name }
  }
  const epochs = options.stepEpochs ?? (base.name === 'step' ? base.epochs : undefined)
  if (epochs === undefined) throw usageError('--schedule step needs --step-epochs, such as 80,120.')
  return { name, epochs, factor: options.stepFactor ?? (base.name === 'step' ? base.factor : 0.1) }
}
