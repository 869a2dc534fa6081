import type { Engine } from '../../src/engine/index.ts'
import type { ImageDataset } from '../../src/io/index.ts'
import type { Evaluation, TrainedModel } from '../../src/train/index.ts'
import { writeReport } from '../commands/robustness.ts'
import type { CommandContext } from '../context.ts'
import { defined, type EngineChoice } from '../options.ts'
import { simulateToFile } from '../simulate-to-file.ts'
import { trainingHooks } from '../training-report.ts'
import { type DemoFiles, prepareDemoFolder } from './demo-folder.ts'
import { drawPictures } from './draw-pictures.ts'

export interface DemoOptions {
  readonly out: string
  readonly count: number
  /** Width and height of the pictures, pixels. */
  readonly size: number
  readonly epochs: number
  readonly engine: EngineChoice
  readonly threads?: number
  readonly seed: number
  readonly force?: true
}

/** Figures of one of the two models over the test galaxies. */
interface ModelSummary {
  readonly architecture: string
  readonly accuracy: number | null
  readonly macroF1: number | null
  readonly ece: number | null
  readonly model: string
}

/** What `demo/summary.json` holds. */
export interface DemoSummary {
  readonly pure: ModelSummary
  readonly resnet: ModelSummary
  /** Accuracies under shot noise, photons at full scale from mild to strong. */
  readonly noise: readonly { readonly level: number | null; readonly pure: number; readonly resnet: number }[]
  readonly galaxies: { readonly train: number; readonly test: number; readonly size: number }
  readonly epochs: number
  readonly engine: string
  readonly seed: number
  readonly seconds: number
  readonly files: Readonly<Record<string, string>>
}

/** Noise seeds, and pictures classified to CSV: enough to see, few enough to wait for. */
const NOISE_SEEDS = [1, 2]
const PICTURES = 20
const TEST_FRACTION = 0.2

/**
 * Does the main job on galaxies that it draws itself, and writes every file on the way.
 *
 * @throws PureGalaxyError whatever one of the steps is refused for; the signal's reason
 */
export async function runDemo(context: CommandContext, options: DemoOptions): Promise<DemoSummary> {
  const started = performance.now()
  const { count, size, seed } = options
  const { signal } = context
  const files = await prepareDemoFolder(options.out, options.force)

  context.log(`1/7 Drawing ${count} galaxies of ten classes`)
  const onProgress = context.progress('drawing').update
  await simulateToFile({ count, size, seed, out: files.galaxies, onProgress, signal })

  context.log('2/7 Inspecting them, and a contact sheet')
  const io = await import('../../src/io/index.ts')
  await io.inspectDataset(files.galaxies)
  await io.writeContactSheet(files.galaxies, files.samples, { tile: Math.max(48, size), signal })

  context.log('3/7 Splitting by sky position and class')
  const split = io.splitDataset(await io.openSplitSource(files.galaxies), { test: TEST_FRACTION, seed })
  await io.writeSplit(files.split, split)

  const { openEngine } = await import('../../src/engine/index.ts')
  const { readTrainedModel } = await import('../../src/train/index.ts')
  const { threads } = options
  await trainTwin(context, '4/7', 'pure20', files.pureRun, files, options)
  await trainTwin(context, '5/7', 'resnet20', files.resnetRun, files, options)

  context.log('6/7 Judging both on galaxies that they have not seen, without and with noise')
  const dataset = await io.openDataset(files.galaxies, { signal })
  const engine = await openEngine(options.engine, { purpose: 'inference', ...defined({ threads }) })
  try {
    const pure = await readTrainedModel(`${files.pureRun}/best.safetensors`, 'PURe20')
    const resnet = await readTrainedModel(`${files.resnetRun}/best.safetensors`, 'ResNet20')
    const judged = await judge(context, { pure, resnet, dataset, engine, test: split.test, files, seed })

    context.log(`7/7 Classifying a folder of ${PICTURES} pictures`)
    await drawPictures({ folder: files.pictures, count: PICTURES, size: Math.max(64, size), seed: seed + 1 })
    await classifyFolder(files, options)

    const summary: DemoSummary = {
      ...judged,
      galaxies: { train: split.train.length, test: split.test.length, size },
      epochs: options.epochs,
      engine: engine.name,
      seed,
      seconds: (performance.now() - started) / 1000,
      files: { ...files },
    }
    await io.writeFileAtomic(files.summary, `${JSON.stringify(summary, null, 2)}\n`)
    return summary
  } finally {
    await engine.dispose()
    await dataset.close()
  }
}

async function trainTwin(
  context: CommandContext,
  step: string,
  architecture: string,
  runFolder: string,
  files: DemoFiles,
  { epochs, engine, threads, seed }: DemoOptions,
): Promise<void> {
  context.log(`${step} Training ${architecture}, ${epochs} epochs`)
  const { train } = await import('../../src/train/index.ts')
  await train(
    {
      data: files.galaxies,
      runFolder,
      model: { architecture },
      validation: { split: files.split },
      epochs,
      engine,
      seed,
      ...defined({ threads }),
    },
    trainingHooks(context),
  )
  context.signal.throwIfAborted()
}

interface Judging {
  readonly pure: TrainedModel
  readonly resnet: TrainedModel
  readonly dataset: ImageDataset
  readonly engine: Engine
  readonly test: readonly number[]
  readonly files: DemoFiles
  readonly seed: number
}

async function judge(
  context: CommandContext,
  { pure, resnet, dataset, engine, test, files, seed }: Judging,
): Promise<Pick<DemoSummary, 'pure' | 'resnet' | 'noise'>> {
  const { evaluate } = await import('../../src/train/index.ts')
  const { readPixelScales } = await import('../../src/io/hdf5/read-pixel-scales.ts')
  const { openProtocol, testRobustness } = await import('../../src/robustness/index.ts')
  const common = { engine, indices: test, signal: context.signal }
  const figures = async (trained: TrainedModel, model: string): Promise<ModelSummary> => {
    const onProgress = context.progress(`evaluating ${trained.name}`).update
    const { accuracy, macroF1, ece }: Evaluation = await evaluate(trained, dataset, {
      ...common,
      seed,
      onProgress,
    })
    return { architecture: trained.config.architecture, accuracy, macroF1, ece, model }
  }
  const both = {
    pure: await figures(pure, `${files.pureRun}/best.safetensors`),
    resnet: await figures(resnet, `${files.resnetRun}/best.safetensors`),
  }
  const entries = [
    { name: pure.name, models: [pure] },
    { name: resnet.name, models: [resnet] },
  ]
  const report = await testRobustness(entries, dataset, {
    ...common,
    protocols: [openProtocol('counts')],
    pixelScales: await readPixelScales(dataset.path),
    seeds: NOISE_SEEDS,
    command: context.commandLine,
    onProgress: context.progress('testing under noise').update,
  })
  await writeReport(files.robustness, report)
  const [ours, theirs] = report.protocols[0]!.curves
  const noise = ours!.levels.map(({ level, accuracy }, index) => ({
    level,
    pure: accuracy.mean,
    resnet: theirs!.levels[index]!.accuracy.mean,
  }))
  return { ...both, noise }
}

/** Classifies the folder of pictures to CSV with the PURe that was just trained. */
async function classifyFolder(files: DemoFiles, { engine, threads }: DemoOptions): Promise<void> {
  const { Classifier, ClassifyInputs } = await import('../../src/classify/index.ts')
  const { openPredictionsWriter } = await import('../../src/io/index.ts')
  const classifier = await Classifier.open(`${files.pureRun}/best.safetensors`, {
    engine,
    ...defined({ threads }),
  })
  const inputs = await ClassifyInputs.open([files.pictures], classifier.inputSize)
  const writer = await openPredictionsWriter(files.catalogue, {
    format: 'csv',
    classes: classifier.classes,
    model: classifier.name,
    modelVersion: classifier.version,
  })
  try {
    for await (const rows of inputs.classify(classifier)) await writer.write(rows)
    await writer.commit()
  } finally {
    await writer.suspend()
    await inputs.close()
    await classifier.dispose()
  }
}
