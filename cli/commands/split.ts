import { Command } from 'commander'
import type { DatasetSplit } from '../../src/io/index.ts'
import type { CommandContext } from '../context.ts'
import { count, table } from '../format.ts'
import {
  decimal,
  defined,
  finish,
  forceOption,
  fraction,
  outputName,
  seedOption,
  usageError,
} from '../options.ts'
import { refuseToReplace } from '../outputs.ts'

interface Options {
  readonly out: string
  readonly test: number
  readonly val?: number
  readonly groupRadius?: number
  readonly seed: number
  readonly force?: true
}

/** `puregalaxy split DATA --out FILE` */
export function splitCommand(context: CommandContext): Command {
  const command = new Command('split')
    .description('divide a data set: stratified by class, neighbours on the sky kept together')
    .argument('<data>', 'HDF5 file or other data set, or a CSV file with columns ra and dec')
    .requiredOption('--out <file>', 'split file to write (JSON)', outputName)
    .option('--test <fraction>', 'fraction of the rows for the test', fraction, 0.1)
    .option('--val <fraction>', 'fraction of the rows for validation', fraction)
    .option('--group-radius <arcsec>', 'rows this close stay together (default: 67)', decimal(0, 648_000))
    .addOption(seedOption())
    .addOption(forceOption())
    .action(async (data: string, options: Options) => {
      const { test, seed, val, groupRadius } = options
      if (test + (val ?? 0) >= 1) {
        throw usageError(
          `--test ${test} and --val ${val} leave nothing to train on: their sum must be below 1.`,
        )
      }
      await refuseToReplace(options.out, options.force)
      const { openSplitSource, splitDataset, writeSplit } = await import('../../src/io/index.ts')
      const source = await openSplitSource(data, {
        onProgress: context.progress('reading').update,
        signal: context.signal,
      })
      const split = splitDataset(source, { test, seed, ...defined({ val, groupRadius }) })
      await writeSplit(options.out, split)
      context.result({ out: options.out, ...split }, () => splitText(options.out, split))
    })
  return finish(command, [
    'split galaxies.h5 --out split.json',
    'split coordinates.csv --group-radius 67 --test 0.1 --seed 1 --out split.json',
  ])
}

/** Counts of the parts, and what was grouped. */
export function splitText(out: string, split: DatasetSplit): string {
  const slugs = Object.keys(split.counts.train?.classes ?? {})
  const subsets = Object.entries(split.counts)
  const rows = subsets.map(([subset, counts]) => [subset, count(counts.total)])
  const perClass = slugs.map((slug) => [
    slug,
    ...subsets.map(([, counts]) => count(counts.classes[slug] ?? 0)),
  ])
  return [
    table([`${split.length} rows`, 'images'], rows),
    ...(slugs.length > 0 ? [table(['class', ...subsets.map(([subset]) => subset)], perClass)] : []),
    `${count(split.groups)} groups, ${count(split.duplicatePositions)} positions listed more than once`,
    `split  ${out}`,
  ].join('\n')
}
