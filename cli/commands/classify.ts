import { extname } from 'node:path'
import { Writable } from 'node:stream'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Classifier, ClassifyInputs } from '../../src/classify/index.ts'
import { PureGalaxyError } from '../../src/errors.ts'
import { exists } from '../../src/io/exists.ts'
import type { PredictionsFormat, PredictionsWriter } from '../../src/io/index.ts'
import { type CommandContext, EXIT } from '../context.ts'
import { count, duration } from '../format.ts'
import {
  defined,
  type EngineChoice,
  engineOption,
  finish,
  forceOption,
  outputName,
  threadsOption,
  usageError,
} from '../options.ts'
import { refuseToReplace } from '../outputs.ts'

interface Options {
  readonly model: string
  readonly out?: string
  readonly format?: PredictionsFormat
  readonly resume?: true
  readonly symmetries?: true
  readonly engine: EngineChoice
  readonly threads?: number
  readonly force?: true
}

/** Refused inputs that are named on stderr; the others are in the catalogue all the same. */
const NAMED = 20

/** Endings that say the format of a catalogue. */
const ENDINGS: Readonly<Record<string, PredictionsFormat>> = {
  '.csv': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
}

/** Parser of `--out`. */
function catalogueName(text: string): string {
  if (text !== '-') return outputName(text)
  throw new InvalidArgumentError('Leave --out away, and rows go to stdout, as CSV or as --format says.')
}

/** `puregalaxy classify INPUT... --model MODEL` */
export function classifyCommand(context: CommandContext): Command {
  const command = new Command('classify')
    .description('classify pictures into a catalogue: a probability for each class, entropy, errors')
    .argument('<inputs...>', 'pictures, folders of pictures, HDF5 files')
    .option('--model <model>', 'model file, run folder, or the name of a shipped model', 'small')
    .option('--out <file>', 'catalogue to write: .csv, .ndjson or .jsonl (default: stdout)', catalogueName)
    .addOption(
      new Option('--format <name>', 'default: by the ending of --out, else csv').choices(['csv', 'ndjson']),
    )
    .option('--resume', 'go on where an interrupted run over the same inputs stopped')
    .option('--symmetries', 'average over the eight symmetries of the square: slower, somewhat better')
    .addOption(engineOption())
    .addOption(threadsOption())
    .addOption(forceOption())
    .action((inputs: string[], options: Options) => classify(context, inputs, options))
  return finish(command, [
    'classify pictures/ --out predictions.csv',
    'classify one.jpg --model runs/a/best.safetensors',
    'classify survey.h5 --out predictions.ndjson --resume',
  ])
}

async function classify(context: CommandContext, paths: readonly string[], options: Options): Promise<void> {
  const { out, engine, threads, symmetries } = options
  if (options.resume && out === undefined)
    throw usageError('--resume needs --out: a stream cannot be gone on with.')
  const format = formatOf(context, options)
  if (out !== undefined) await checkOutput(out, options)
  const { Classifier } = await import('../../src/classify/classifier.ts')
  const { ClassifyInputs } = await import('../../src/classify/classify-inputs.ts')
  const classifier = await Classifier.open(options.model, { engine, ...defined({ threads, symmetries }) })
  try {
    const inputs = await ClassifyInputs.open(paths, classifier.inputSize, {
      onProgress: context.progress('reading pictures').update,
      signal: context.signal,
    })
    try {
      await writeCatalogue(context, classifier, inputs, { ...options, format })
    } finally {
      await inputs.close()
    }
  } finally {
    await classifier.dispose()
  }
}

async function checkOutput(out: string, { resume, force }: Options): Promise<void> {
  await refuseToReplace(out, force)
  const partial = `${out}.partial`
  if ((await exists(partial)) && !resume && !force) {
    throw new PureGalaxyError(
      'cli.exists',
      `${partial} was left by an interrupted run. Go on with it by --resume, or start over with --force.`,
    )
  }
}

async function writeCatalogue(
  context: CommandContext,
  classifier: Classifier,
  inputs: ClassifyInputs,
  options: Options & { readonly format: PredictionsFormat },
): Promise<void> {
  const started = performance.now()
  const { openPredictionsWriter } = await import('../../src/io/catalogue/open-predictions-writer.ts')
  const collected: string[] = []
  const writer: PredictionsWriter = await openPredictionsWriter(options.out ?? sink(context, collected), {
    format: options.format,
    classes: classifier.classes,
    model: classifier.name,
    modelVersion: classifier.version,
    resume: options.resume,
    signal: context.signal,
  })
  const progress = context.progress('classifying')
  let refused = 0
  try {
    writer.checkResumed(inputs.ids())
    const { signal } = context
    for await (const rows of inputs.classify(classifier, {
      skip: writer.rowsDone,
      onProgress: progress.update,
      signal,
    })) {
      await writer.write(rows)
      for (const { id, error } of rows) {
        if (error !== undefined && refused++ < NAMED)
          context.log(`refused: ${error.includes(id) ? error : `${id}: ${error}`}`)
      }
    }
    await writer.commit()
  } finally {
    await writer.suspend()
  }
  if (refused > NAMED) context.log(`… and ${refused - NAMED} more refused (column error)`)
  if (refused > 0) context.exitCode = EXIT.someRefused
  report(
    context,
    { classifier, inputs, refused, seconds: (performance.now() - started) / 1000 },
    options,
    collected,
  )
}

interface Outcome {
  readonly classifier: Classifier
  readonly inputs: ClassifyInputs
  readonly refused: number
  readonly seconds: number
}

function report(
  context: CommandContext,
  outcome: Outcome,
  { out }: Options,
  collected: readonly string[],
): void {
  const { classifier, inputs, refused, seconds } = outcome
  const facts = {
    model: classifier.name,
    modelVersion: classifier.version,
    engine: classifier.engine,
    images: inputs.length,
    refused,
    seconds,
  }
  const summary = `${count(inputs.length)} images in ${duration(seconds)} by ${classifier.name} on ${classifier.engine}`
  if (out !== undefined) {
    context.result({ out, ...facts }, () => `${summary}, ${refused} refused\ncatalogue  ${out}`)
  } else if (context.json) {
    const lines = collected
      .join('')
      .split('\n')
      .filter((line) => line !== '')
    context.result({ ...facts, predictions: lines.map((line) => JSON.parse(line) as unknown) }, () => '')
  }
}

function formatOf(context: CommandContext, { out, format }: Options): PredictionsFormat {
  if (out === undefined && context.json) {
    if (format !== undefined)
      throw usageError('--json on stdout is a format of its own: leave --format, or name --out.')
    return 'ndjson'
  }
  if (format !== undefined) return format
  const ending = extname(out ?? '').toLowerCase()
  const found = ending === '' ? 'csv' : ENDINGS[ending]
  if (found !== undefined) return found
  throw usageError(
    `--out ${out}: ${ending} is no format that is written. End the name in ${Object.keys(ENDINGS).join(', ')}, or say with --format csv or ndjson what to write.`,
  )
}

/** Where rows go without `--out`: to stdout, no faster than its reader takes them, or with `--json` into the one value that is printed at the end. */
function sink(context: CommandContext, collected: string[]): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      if (context.json) {
        collected.push(String(chunk))
        done()
        return
      }
      context.terminal.out(String(chunk))
      context.terminal.flushed().then(() => done(), done)
    },
  })
}
