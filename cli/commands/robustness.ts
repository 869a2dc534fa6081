import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { PureGalaxyError } from '../../src/errors.ts'
import type { NoiseProtocol, PassJournal, RobustnessReport } from '../../src/robustness/index.ts'
import type { CommandContext } from '../context.ts'
import { duration, percent } from '../format.ts'
import { openForModel } from '../open-for-model.ts'
import {
  collect,
  type EngineChoice,
  engineOption,
  finish,
  integer,
  noiseLevels,
  outputName,
  threadsOption,
  usageError,
} from '../options.ts'
import { inFolder, makeFolder } from '../outputs.ts'
import type { Progress } from '../progress.ts'
import { readEntries } from '../robustness-entries.ts'

interface Options {
  readonly against?: readonly string[]
  readonly protocol?: readonly string[]
  readonly levels?: readonly string[]
  readonly seeds: number
  readonly split?: string
  readonly subset?: string
  readonly batchSize: number
  readonly out?: string
  readonly illustration?: true
  readonly engine: EngineChoice
  readonly threads?: number
}

/** `puregalaxy robustness MODEL DATA` */
export function robustnessCommand(context: CommandContext): Command {
  const command = new Command('robustness')
    .description('accuracy under Poisson noise: models compared on the same noisy pictures, with a report')
    .argument(
      '<model>',
      'model file, run folder or shipped model; several runs of one recipe with commas between them',
    )
    .argument('<data>', 'labelled pictures: HDF5 file, CIFAR-10, a folder of class folders, or a tar of one')
    .option('--against <model>', 'what to compare it with, such as the ResNet twin; may be repeated', collect)
    .option(
      '--protocol <names>',
      'kinds of noise: exposure, counts, additive; by commas, or repeated (default: counts)',
      names,
    )
    .option(
      '--levels <list>',
      'levels, such as 60,25,12 or 1/2,1/8; of several protocols counts=60,25, repeated (default: see docs/noise.md)',
      collect,
    )
    .option('--seeds <number>', 'noise seeds, 1 to this number', integer(1, 1000), 5)
    .option('--split <file>', 'split file: use one of its lists')
    .option('--subset <name>', 'list of the split file, or part of CIFAR-10 or ImageNet data (default: test)')
    .option(
      '--illustration',
      'draw exposure noise on pictures that lack the stretch of the Legacy Surveys, too',
    )
    .option('--batch-size <number>', 'pictures a run of the model', integer(1, 4096), 16)
    .option('--out <folder>', 'write the report there; one that was interrupted goes on', outputName)
    .addOption(engineOption())
    .addOption(threadsOption())
    .action(async (model: string, data: string, options: Options) => {
      const { out } = options
      const measure = () => makeReport(context, model, data, options)
      const report = out === undefined ? await measure() : await inFolder(out, measure)
      const { reportJson, reportText } = await import('../../src/robustness/index.ts')
      const files = out === undefined ? [] : await writeReport(out, report)
      const paths = files.map((file) => `wrote  ${file}\n`).join('')
      context.result(JSON.parse(reportJson(report)), () => `${reportText(report)}\n${paths}`)
    })
  return finish(command, [
    'robustness runs/a/best.safetensors test.h5',
    'robustness runs/pure test.h5 --against runs/resnet --protocol exposure,counts --out report/',
    'robustness runs/pure-1,runs/pure-2,runs/pure-3 test.h5 --against runs/res-1,runs/res-2,runs/res-3 --out report/',
    'robustness small galaxies.h5 --split split.json --levels 500,250,100 --seeds 10',
  ])
}

/** @param before those of the option's earlier uses */
function names(text: string, before: readonly string[] = []): readonly string[] {
  const list = [...before, ...text.split(',').map((name) => name.trim())]
  if (list.includes('')) throw new InvalidArgumentError('Names are expected, with commas between them.')
  if (new Set(list).size < list.length) throw new InvalidArgumentError('A name stands twice.')
  return list
}

async function makeReport(
  context: CommandContext,
  model: string,
  data: string,
  options: Options,
): Promise<RobustnessReport> {
  const robustness = await import('../../src/robustness/index.ts')
  const protocols = await chooseProtocols(options)
  const entries = await readEntries([model, ...(options.against ?? [])])
  robustness.checkEntries(entries)
  const { out } = options
  const asStored = protocols.some(({ pixels }) => pixels === 'stored')
  const models = entries.flatMap((entry) => entry.models)
  const opened = await openForModel(context, models, data, { ...options, asStored })
  let journal: PassJournal | undefined
  let figures: Progress | undefined
  try {
    const { dataset, engine, indices } = opened
    const { readPixelScales } = await import('../../src/io/hdf5/read-pixel-scales.ts')
    const pixelScales = await readPixelScales(data)
    if (protocols.some(({ name }) => name === 'exposure')) {
      const { LEGACY_PIXEL_SCALE } = await import('../../src/survey/index.ts')
      const rows = Array.from(indices ?? dataset.labels.keys())
      if (!rows.every((row) => (pixelScales?.[row] ?? 0) > 0))
        context.log(
          `${data} does not tell the pixel scale of every picture: exposure takes ${LEGACY_PIXEL_SCALE}″ where it is unknown (import reads a column pixscale).`,
        )
    }
    const illustration = await robustness.checkStretch(dataset, {
      protocols,
      indices,
      illustration: options.illustration,
    })
    if (out !== undefined) {
      const identity = robustness.passIdentity(dataset, engine, indices, pixelScales)
      journal = await robustness.openPassJournal(out, identity)
      if (journal.found > 0) context.log(`${journal.found} passes are there already`)
      else if (journal.others.length > 0)
        context.log(
          `${out} holds passes of other pictures, pixel scales, engine or threads (${journal.others.join(', ')}): they stay, and all is measured anew. ` +
            'To go on with them use the data, --split, --engine and --threads that they were measured with.',
        )
    }
    return await robustness.testRobustness(entries, dataset, {
      engine,
      protocols,
      indices,
      illustration,
      store: journal,
      pixelScales,
      seeds: Array.from({ length: options.seeds }, (_, index) => index + 1),
      batchSize: options.batchSize,
      threads: options.threads,
      onMeasured: ({ seconds, waiting }) => {
        if (seconds > 0)
          context.log(
            `measured in ${duration(seconds)}, of it ${percent(waiting / seconds)} waiting for pictures`,
          )
        figures = context.progress('working out figures', 'steps')
      },
      onFigures: (done, total) => figures?.update(done, total),
      command: context.commandLine,
      onProgress: context.progress('testing under noise').update,
      signal: context.signal,
    })
  } finally {
    await journal?.close()
    await opened.close()
  }
}

/** @throws PureGalaxyError `cli.usage` */
async function chooseProtocols({ protocol = ['counts'], levels = [] }: Options): Promise<NoiseProtocol[]> {
  const { openProtocol } = await import('../../src/robustness/index.ts')
  const chosen = new Map<string, readonly number[]>()
  for (const text of levels) {
    const [, name, list] = /^(?:([a-z]+)=)?(.*)$/s.exec(text)!
    const target = name ?? (protocol.length === 1 ? protocol[0]! : undefined)
    if (target === undefined || !protocol.includes(target))
      throw usageError(
        `--levels ${text}: with --protocol ${protocol.join(',')} write ${protocol.map((p) => `${p}=…`).join(' or ')}.`,
      )
    if (chosen.has(target)) throw usageError(`--levels names levels of ${target} twice.`)
    try {
      chosen.set(target, noiseLevels(list!))
    } catch (error) {
      throw usageError(`--levels ${text}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return protocol.map((name) => {
    try {
      return openProtocol(name, chosen.get(name))
    } catch (error) {
      if (!(error instanceof PureGalaxyError)) throw error
      throw usageError(`${error.code === 'noise.level' ? '--levels' : '--protocol'}: ${error.message}`)
    }
  })
}

/** Writes the report in the forms that people and papers want; an earlier one there is replaced. */
export async function writeReport(folder: string, report: RobustnessReport): Promise<string[]> {
  await makeFolder(folder)
  const { writeFileAtomic } = await import('../../src/io/index.ts')
  const robustness = await import('../../src/robustness/index.ts')
  const contents = {
    'index.html': robustness.reportHtml(report),
    'results.json': robustness.reportJson(report),
    'results.csv': robustness.reportCsv(report),
    'results.tex': robustness.reportLatex(report),
  }
  const files: string[] = []
  for (const [name, text] of Object.entries(contents)) {
    const file = join(folder, name)
    await writeFileAtomic(file, text)
    files.push(file)
  }
  return files
}
