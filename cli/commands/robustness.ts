import { join } from 'node:path'
import { Command, Option } from 'commander'
import type { RobustnessResult } from '../../src/robustness/index.ts'
import type { CommandContext } from '../context.ts'
import { openForModel } from '../open-for-model.ts'
import {
  decimals,
  defined,
  type EngineChoice,
  engineOption,
  finish,
  integer,
  outputName,
  threadsOption,
} from '../options.ts'
import { makeFolder } from '../outputs.ts'

interface Options {
  readonly against?: string
  readonly protocol: 'counts'
  readonly levels?: readonly number[]
  readonly seeds: number
  readonly split?: string
  readonly subset?: string
  readonly batchSize: number
  readonly out?: string
  readonly engine: EngineChoice
  readonly threads?: number
}

/** `puregalaxy robustness MODEL DATA` */
export function robustnessCommand(context: CommandContext): Command {
  const command = new Command('robustness')
    .description('accuracy under Poisson noise, of one model or of two on the same noisy pictures')
    .argument('<model>', 'model file, or the name of a shipped model')
    .argument('<data>', 'labelled pictures: HDF5 file, CIFAR-10, a folder of class folders, or a tar of one')
    .option('--against <model>', 'a second model, such as the ResNet twin')
    .addOption(new Option('--protocol <name>', 'kind of noise').choices(['counts']).default('counts'))
    .option('--levels <list>', 'photons at full scale (default: 60,25,12,5,3)', decimals(1e-3, 10_000))
    .option('--seeds <number>', 'noise seeds, 1 to this number', integer(1, 1000), 5)
    .option('--split <file>', 'split file: use one of its lists')
    .option('--subset <name>', 'list of the split file, or part of CIFAR-10 or ImageNet data (default: test)')
    .option('--batch-size <number>', 'pictures a run of the model', integer(1, 4096), 16)
    .option('--out <folder>', 'also write results.json, table.csv and table.txt there', outputName)
    .addOption(engineOption())
    .addOption(threadsOption())
    .action(async (model: string, data: string, options: Options) => {
      const result = await test(context, model, data, options)
      const { robustnessTable } = await import('../../src/robustness/index.ts')
      const files = options.out === undefined ? [] : await writeReport(options.out, result)
      const paths = files.map((file) => `wrote  ${file}\n`).join('')
      context.result(result, () => `${robustnessTable(result)}\n${paths}`)
    })
  return finish(command, [
    'robustness runs/a/best.safetensors test.h5',
    'robustness runs/a/best.safetensors test.h5 --against runs/b/best.safetensors --protocol counts --out report/',
  ])
}

async function test(
  context: CommandContext,
  model: string,
  data: string,
  options: Options,
): Promise<RobustnessResult> {
  const { countsProtocol, testRobustness } = await import('../../src/robustness/index.ts')
  const protocol = countsProtocol(options.levels)
  if (options.out !== undefined) await makeFolder(options.out)
  const opened = await openForModel(context, model, data, options)
  try {
    return await testRobustness(opened.trained, opened.dataset, {
      engine: opened.engine,
      protocol,
      seeds: Array.from({ length: options.seeds }, (_, index) => index + 1),
      batchSize: options.batchSize,
      onProgress: context.progress('testing under noise').update,
      signal: context.signal,
      ...defined({ indices: opened.indices, against: await opened.second(options.against) }),
    })
  } finally {
    await opened.close()
  }
}

/** Writes the result in the forms that people and papers want; a report of an earlier call is replaced. */
export async function writeReport(folder: string, result: RobustnessResult): Promise<string[]> {
  await makeFolder(folder)
  const { writeFileAtomic } = await import('../../src/io/index.ts')
  const { robustnessCsv, robustnessTable } = await import('../../src/robustness/index.ts')
  const contents = {
    'results.json': `${JSON.stringify(result, null, 2)}\n`,
    'table.csv': robustnessCsv(result),
    'table.txt': robustnessTable(result),
  }
  const files: string[] = []
  for (const [name, text] of Object.entries(contents)) {
    const file = join(folder, name)
    await writeFileAtomic(file, text)
    files.push(file)
  }
  return files
}
