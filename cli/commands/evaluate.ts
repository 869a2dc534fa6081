import { Command } from 'commander'
import type { Evaluation } from '../../src/train/index.ts'
import type { CommandContext } from '../context.ts'
import { duration, percent, table } from '../format.ts'
import { openForModel, readModel } from '../open-for-model.ts'
import {
  defined,
  type EngineChoice,
  engineOption,
  finish,
  integer,
  outputName,
  seedOption,
  threadsOption,
} from '../options.ts'

interface Options {
  readonly split?: string
  readonly subset?: string
  readonly symmetries?: true
  readonly batchSize: number
  readonly figure?: string
  readonly engine: EngineChoice
  readonly threads?: number
  readonly seed: number
}

/** `puregalaxy evaluate MODEL DATA` */
export function evaluateCommand(context: CommandContext): Command {
  const command = new Command('evaluate')
    .description(
      'judge a model on labelled pictures: accuracy, macro-F1, recall, calibration, with intervals',
    )
    .argument('<model>', 'model file, run folder, or the name of a shipped model')
    .argument('<data>', 'HDF5 file, CIFAR-10, a folder of class folders, or a tar of one')
    .option('--split <file>', 'split file: evaluate on one of its lists')
    .option('--subset <name>', 'list of the split file, or part of CIFAR-10 or ImageNet data (default: test)')
    .option('--symmetries', 'average the logits over the eight symmetries of the square')
    .option('--batch-size <number>', 'pictures a run of the model', integer(1, 4096), 16)
    .option('--figure <file>', 'also write the confusion matrix as SVG', outputName)
    .addOption(engineOption())
    .addOption(threadsOption())
    .addOption(seedOption())
    .action(async (model: string, data: string, options: Options) => {
      const { confusionFigure, evaluate } = await import('../../src/train/index.ts')
      const trained = await readModel(model)
      const opened = await openForModel(context, [trained], data, options)
      try {
        const evaluation = await evaluate(trained, opened.dataset, {
          engine: opened.engine,
          batchSize: options.batchSize,
          seed: options.seed,
          onProgress: context.progress('evaluating').update,
          signal: context.signal,
          ...defined({ indices: opened.indices, symmetries: options.symmetries }),
        })
        if (options.figure !== undefined) {
          const { writeFileAtomic } = await import('../../src/io/index.ts')
          const { confusion, model: name, n } = evaluation
          const title = `${name} on ${data}: ${percent(evaluation.accuracy)} of ${n}`
          const { names } = trained.metadata.classes
          await writeFileAtomic(options.figure, confusionFigure(confusion, names, title))
        }
        context.result(evaluation, () => evaluationText(evaluation))
      } finally {
        await opened.close()
      }
    })
  return finish(command, [
    'evaluate runs/a test.h5',
    'evaluate runs/a galaxies.h5 --split split.json --subset test --json',
  ])
}

/** Figures as a table: the whole, then recall and precision per class. */
export function evaluationText(evaluation: Evaluation): string {
  const { partial, classes } = evaluation
  const interval = (range: readonly [number, number] | null) =>
    range === null ? '' : `${percent(range[0])} to ${percent(range[1])}`
  const rows: string[][] = [
    ['accuracy', percent(evaluation.accuracy), interval(evaluation.accuracyInterval)],
    ['macro-F1', percent(evaluation.macroF1), interval(evaluation.macroF1Interval)],
    ['calibration error', percent(evaluation.ece), ''],
    ['log loss, median', evaluation.logLoss?.median.toFixed(3) ?? '–', ''],
    ['log loss, mean', evaluation.logLoss?.mean.toFixed(3) ?? '–', ''],
  ]
  if (evaluation.top5 !== null) rows.splice(1, 0, ['top-5', percent(evaluation.top5), ''])
  if (partial.n > 0) {
    rows.push([
      `admitted of ${partial.n} partial labels`,
      percent(partial.admittedAccuracy),
      interval(partial.interval),
    ])
  }
  const perClass = classes.map((slug, index) => [
    slug,
    String(evaluation.support[index] ?? 0),
    percent(evaluation.recall[index]),
    percent(evaluation.precision[index]),
  ])
  const shown = classes.length > 20 ? [] : [table(['class', 'images', 'recall', 'precision'], perClass)]
  const head = `${evaluation.model} on ${evaluation.data.path} (${duration(evaluation.seconds)})`
  return [head, table([`${evaluation.n} exact labels`, '', '95 % interval'], rows), ...shown].join('\n')
}
