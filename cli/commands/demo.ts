import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { type DemoSummary, runDemo } from '../demo/run-demo.ts'
import { duration, percent, table } from '../format.ts'
import {
  type EngineChoice,
  engineOption,
  finish,
  forceOption,
  integer,
  outputName,
  seedOption,
  sizeOption,
  threadsOption,
} from '../options.ts'

interface Options {
  readonly out: string
  readonly count: number
  readonly size: number
  readonly epochs: number
  readonly engine: EngineChoice
  readonly threads?: number
  readonly seed: number
  readonly force?: true
}

/** `puregalaxy demo --out FOLDER` */
export function demoCommand(context: CommandContext): Command {
  const command = new Command('demo')
    .description('the whole way on simulated galaxies: simulate, inspect, split, train, evaluate, classify')
    .requiredOption('--out <folder>', 'folder to write; an earlier demo in it is replaced', outputName)
    .option('--count <number>', 'galaxies to simulate', integer(200, 1_000_000), 1600)
    .addOption(sizeOption('width and height of the pictures').default(32))
    .option('--epochs <number>', 'epochs of training', integer(1, 1000), 8)
    .addOption(engineOption())
    .addOption(threadsOption())
    .addOption(seedOption())
    .addOption(forceOption())
    .action(async (options: Options) => {
      const summary = await runDemo(context, options)
      context.result(summary, () => demoText(summary))
    })
  return finish(command, ['demo --out demo/', 'demo --out larger/ --count 6000 --size 64 --epochs 20'])
}

function demoText({ pure, resnet, noise, seconds, files }: DemoSummary): string {
  const rows = [
    ['accuracy on unseen galaxies', percent(pure.accuracy), percent(resnet.accuracy)],
    ['macro-F1', percent(pure.macroF1), percent(resnet.macroF1)],
    ...noise.map(({ level, pure: a, resnet: b }) => [`accuracy at ${level} photons`, percent(a), percent(b)]),
  ]
  const names = Object.entries(files).map(([what, path]) => [what, path])
  return [
    `Simulated galaxies of ten classes, ${duration(seconds)} in all`,
    '',
    table(['', 'PURe', 'ResNet'], rows),
    table(['what', 'where'], names),
  ].join('\n')
}
