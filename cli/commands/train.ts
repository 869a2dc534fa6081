import { Command, Option } from 'commander'
import type { Precision } from '../../src/engine/index.ts'
import { PureGalaxyError } from '../../src/errors.ts'
import type { SecondLayer } from '../../src/model/index.ts'
import type { ModelChoice, TrainOptions, ValidationOptions } from '../../src/train/index.ts'
import type { CommandContext } from '../context.ts'
import { refusePartOfHdf5 } from '../open-for-model.ts'
import {
  decimal,
  defined,
  type EngineChoice,
  engineOption,
  finish,
  integer,
  outputName,
  seedOption,
  sizeOption,
  threadsOption,
  usageError,
} from '../options.ts'
import { type RecipeOptions, recipeFrom, recipeOptions } from '../recipe-options.ts'
import { reportTraining, trainingHooks } from '../training-report.ts'

interface Options extends RecipeOptions {
  readonly model: string
  readonly out: string
  readonly size?: number
  readonly width?: number
  readonly stem?: 'cifar' | 'imagenet'
  readonly shortcut?: 'A' | 'B'
  readonly finalRelu?: true
  readonly initialisation?: 'scaled' | 'kaiming'
  readonly exponentClip?: number
  readonly secondLayer?: SecondLayer
  readonly fixedTheta?: true
  readonly split?: string
  readonly val?: number
  readonly subset?: string
  readonly engine: EngineChoice
  readonly threads?: number
  readonly devices?: number
  readonly precision?: Precision
  readonly dataOnDevice?: boolean
  readonly anyStretch?: true
  readonly seed: number
  readonly checkpointMinutes?: number
}

/** `puregalaxy train DATA --model NAME --out RUN` */
export function trainCommand(context: CommandContext): Command {
  const command = new Command('train')
    .description('train a PURe or a ResNet; writes a run folder with the best model, metrics and a report')
    .argument('<data>', 'HDF5 file, CIFAR-10, a folder of class folders, or a tar of one')
    .requiredOption('--model <name>', 'architecture: pure18|34|50|101|152, pure20|32|44|56|110|272, resnet…')
    .requiredOption('--out <folder>', 'run folder to write; it must not hold a run yet', outputName)
    .addOption(sizeOption('resize pictures to this side (default: as stored)'))
    .option('--width <factor>', 'scale the channels', decimal(0.0625, 8))
    .addOption(new Option('--stem <kind>', 'override the stem').choices(['cifar', 'imagenet']))
    .addOption(new Option('--shortcut <kind>', 'shortcut of CIFAR nets (default: B)').choices(['A', 'B']))
    .option('--final-relu', 'a ReLU after the addition, as in version 3 of the paper')
    .addOption(
      new Option('--initialisation <kind>', 'of exponent weights (default: scaled)').choices([
        'scaled',
        'kaiming',
      ]),
    )
    .option('--exponent-clip <limit>', 'clip exponents of product units to ± limit', decimal(1, 88))
    .addOption(
      new Option(
        '--second-layer <kind>',
        'what stands in the place of product units (default: product)',
      ).choices(['product', 'convolution', 'convolution-relu', 'floor']),
    )
    .option('--fixed-theta', 'leave the floors of product units at ln 2, where they begin')
    .option('--split <file>', 'split file (puregalaxy split); trains on its train list')
    .option('--val <fraction>', 'fraction kept for validation (default: 0.1)', decimal(0, 0.9))
    .option('--subset <name>', 'part of CIFAR-10 or ImageNet data (default: train)')
  for (const option of recipeOptions()) command.addOption(option)
  command
    .option('--any-stretch', 'draw exposure noise on pictures without the stretch of the Legacy Surveys, too')
    .addOption(engineOption())
    .addOption(threadsOption())
    .option(
      '--devices <count>',
      'devices that share each batch, on engine xla (default: 1)',
      integer(1, 1024),
    )
    .addOption(
      new Option('--precision <type>', 'of convolutions, on engine xla (default: float32)').choices([
        'float32',
        'tensorfloat32',
        'bfloat16',
      ] satisfies Precision[]),
    )
    .option('--data-on-device', 'keep the training pictures on the accelerator (default: where they fit)')
    .option('--no-data-on-device', 'prepare batches on the host')
    .addOption(seedOption())
    .option('--checkpoint-minutes <minutes>', 'minutes between checkpoints (default: 5)', decimal(0))
    .action(async (data: string, options: Options) => {
      const trainOptions = await toTrainOptions(data, options)
      const { train } = await import('../../src/train/index.ts')
      reportTraining(context, await train(trainOptions, trainingHooks(context)))
    })
  return finish(command, [
    'train galaxies.h5 --model pure20 --size 64 --epochs 20 --out runs/pure',
    'train galaxies.h5 --model resnet20 --size 64 --epochs 20 --split split.json --out runs/resnet',
    'train cifar-10-batches-bin --model pure20 --preset paper-cifar10 --out runs/cifar',
  ])
}

async function toTrainOptions(data: string, options: Options): Promise<TrainOptions> {
  if (options.split !== undefined && options.val !== undefined) {
    throw usageError('--split and --val exclude each other: the split file says what is validated on.')
  }
  if (options.anyStretch && options.noise !== 'exposure')
    throw usageError('--any-stretch belongs to --noise exposure.')
  await checkModel(modelChoice(options))
  await refusePartOfHdf5(data, options.subset)
  const { DEFAULT_RECIPE, presetRecipe } = await import('../../src/train/presets.ts')
  const base = options.preset === undefined ? DEFAULT_RECIPE : presetRecipe(options.preset)
  return {
    data,
    runFolder: options.out,
    model: modelChoice(options),
    ...(await recipeFrom(options, base)),
    ...defined({
      engine: options.engine,
      seed: options.seed,
      subset: options.subset,
      size: options.size === undefined ? undefined : ([options.size, options.size] as const),
      validation: validation(options),
      threads: options.threads,
      devices: options.devices,
      precision: options.precision,
      dataOnDevice: options.dataOnDevice,
      checkpointMinutes: options.checkpointMinutes,
      anyStretch: options.anyStretch,
    }),
  }
}

/** Refuses a model that there is none of before the data are opened. */
async function checkModel(model: ModelChoice): Promise<void> {
  const { resolveModelConfig } = await import('../../src/model/config.ts')
  try {
    resolveModelConfig(model)
  } catch (error) {
    if (error instanceof PureGalaxyError && error.code === 'model.config') throw usageError(error.message)
    throw error
  }
}

function validation({ split, val }: Options): ValidationOptions | undefined {
  if (split !== undefined) return { split }
  return val === undefined ? undefined : { fraction: val }
}

function modelChoice(options: Options): ModelChoice {
  const { model, width, stem, shortcut, finalRelu, initialisation, exponentClip } = options
  const { secondLayer, fixedTheta } = options
  return defined({
    architecture: model,
    width,
    stem,
    shortcut,
    finalReLU: finalRelu,
    initialisation,
    exponentClip,
    secondLayer,
    fixedTheta,
  })
}
