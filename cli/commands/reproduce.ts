import { join } from 'node:path'
import { Argument, Command } from 'commander'
import type { StudyHooks, StudyPlan, StudyResult } from '../../src/study/index.ts'
import type { CommandContext } from '../context.ts'
import { count, duration } from '../format.ts'
import {
  type EngineChoice,
  engineOption,
  finish,
  integer,
  outputName,
  sizeOption,
  threadsOption,
} from '../options.ts'
import { inFolder } from '../outputs.ts'
import { trainingHooks } from '../training-report.ts'
import { writeReport } from './robustness.ts'

interface Options {
  readonly out: string
  readonly epochs?: number
  readonly seeds: number
  readonly size?: number
  readonly depth?: number
  readonly estimate?: true
  readonly engine: EngineChoice
  readonly threads?: number
}

/** `puregalaxy reproduce STUDY DATA --out FOLDER` */
export function reproduceCommand(context: CommandContext): Command {
  const command = new Command('reproduce')
    .description(
      "put the paper's claims to the test: trains PURe and ResNet, tests both under noise, and judges",
    )
    .addArgument(new Argument('<study>', 'which data set').choices(['cifar10', 'galaxy10']))
    .argument('<data>', 'the data set: CIFAR-10 in any form that is read, or Galaxy10_DECals.h5')
    .requiredOption('--out <folder>', 'folder to write; a study that was interrupted goes on', outputName)
    .option('--epochs <number>', "default: the recipe's, 160 and 40", integer(2, 100_000))
    .option(
      '--seeds <number>',
      'how many times each network is trained, at least 2: training seeds 1, 2 … (noise seeds are 1 to 5)',
      integer(2, 100),
      3,
    )
    .addOption(sizeOption('side of the pictures (default: 32 and 256)'))
    .option(
      '--depth <number>',
      'depth of both networks, such as 20, 34, 56 (default: 20 for cifar10, 34 for galaxy10)',
      integer(1),
    )
    .option('--estimate', 'only say how long it would take')
    .addOption(engineOption())
    .addOption(threadsOption())
    .action(async (study: string, data: string, options: Options) => {
      const { planStudy } = await import('../../src/study/index.ts')
      const { epochs, seeds, size, depth } = options
      const plan = planStudy(study, { epochs, seeds, size, depth })
      if (options.estimate) await estimate(context, plan, data, options)
      else await run(context, plan, data, options)
    })
  return finish(command, [
    'reproduce cifar10 cifar-10-binary.tar.gz --out study/ --estimate',
    'reproduce cifar10 cifar-10-binary.tar.gz --out study/',
    'reproduce galaxy10 Galaxy10_DECals.h5 --out study/ --size 128',
  ])
}

const MEASURING = 'measuring a few steps of each network, to say how long it takes'

async function estimate(context: CommandContext, plan: StudyPlan, data: string, options: Options) {
  const { estimateStudy } = await import('../../src/study/estimate.ts')
  context.log(MEASURING)
  const found = await estimateStudy(plan, { data, ...options }, context.signal)
  context.result(
    found,
    () => `${found.runs} networks: about ${duration(found.seconds)} on engine ${found.engine}`,
  )
}

async function run(context: CommandContext, plan: StudyPlan, data: string, options: Options): Promise<void> {
  const { runStudy, studyText } = await import('../../src/study/index.ts')
  const { out: folder, engine, threads } = options
  const training = trainingHooks(context)
  let testing: ReturnType<typeof context.progress> | undefined
  const hooks: StudyHooks = {
    onMeasuring: () => context.log(MEASURING),
    onEstimate: ({ seconds, runs, trainingPictures, engine }) =>
      context.log(
        `${runs} networks on ${count(trainingPictures)} pictures, ${plan.recipe.epochs} epochs each, engine ${engine}: ` +
          `about ${duration(seconds)}`,
      ),
    onRun: ({ name }, number, total) => context.log(`${number}/${total} ${name}`),
    ...(training.onEngine ? { onEngine: training.onEngine } : {}),
    ...(training.onProgress ? { onTraining: training.onProgress } : {}),
    onTesting: (done, total) => {
      testing ??= context.progress('testing under noise')
      testing.update(done, total)
    },
    signal: context.signal,
  }
  const result = await inFolder(folder, () =>
    runStudy(plan, { data, folder, engine, threads, command: context.commandLine }, hooks),
  )
  const files = await writeStudy(folder, result)
  context.result({ ...result.findings, files }, () =>
    [studyText(result), ...files.map((file) => `wrote  ${file}`)].join('\n'),
  )
}

/** Writes verdicts and report. */
async function writeStudy(folder: string, result: StudyResult): Promise<string[]> {
  const { studyText } = await import('../../src/study/index.ts')
  const { writeFileAtomic } = await import('../../src/io/index.ts')
  const report = await writeReport(join(folder, 'report'), result.report)
  const [text, json] = ['study.md', 'study.json'].map((name) => join(folder, name)) as [string, string]
  await writeFileAtomic(text, studyText(result))
  await writeFileAtomic(
    json,
    `${JSON.stringify({ plan: result.plan, findings: result.findings }, null, 2)}\n`,
  )
  return [text, json, ...report]
}
