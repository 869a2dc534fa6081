import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { decimal, defined, finish, forceOption, integer, outputName, seedOption } from '../options.ts'
import { refuseToReplace } from '../outputs.ts'

interface Options {
  readonly groupRadius?: number
  readonly subset?: string
  readonly sheet?: string
  readonly perClass?: number
  readonly tile?: number
  readonly seed: number
  readonly force?: true
}

/** `puregalaxy inspect DATA` */
export function inspectCommand(context: CommandContext): Command {
  const command = new Command('inspect')
    .description('say what is in a data set: shape, chunks, classes, sky positions listed twice')
    .argument('<data>', 'HDF5 file or other data set, or a CSV file with columns ra and dec')
    .option('--group-radius <arcsec>', 'rows this close are one group (default: 67)', decimal(0, 648_000))
    .option('--subset <name>', 'part of CIFAR-10 or ImageNet data (default: train)')
    .option('--sheet <file>', 'also write a contact sheet of samples per class (.png or .webp)', outputName)
    .option('--per-class <number>', 'samples a class on the sheet (default: 10)', integer(1, 50))
    .option('--tile <pixels>', 'side of a sample on the sheet (default: 96)', integer(16, 512))
    .addOption(seedOption())
    .addOption(forceOption())
    .action(async (data: string, options: Options) => {
      const { groupRadius, subset, sheet, perClass, tile, seed } = options
      if (sheet !== undefined) await refuseToReplace(sheet, options.force)
      const { formatInspection, inspectDataset, writeContactSheet } = await import('../../src/io/index.ts')
      const opening = {
        onProgress: context.progress('reading').update,
        signal: context.signal,
        ...defined({ subset }),
      }
      const inspection = await inspectDataset(data, { ...opening, ...defined({ groupRadius }) })
      if (sheet !== undefined) {
        await writeContactSheet(data, sheet, { ...opening, seed, ...defined({ perClass, tile }) })
      }
      const value = { ...inspection, ...defined({ sheet }) }
      const wrote = sheet === undefined ? '' : `sheet  ${sheet}\n`
      context.result(value, () => `${formatInspection(inspection)}\n${wrote}`)
    })
  return finish(command, [
    'inspect galaxies.h5',
    'inspect galaxies.h5 --sheet samples.png',
    'inspect coordinates.csv --json',
  ])
}
