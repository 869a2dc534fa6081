import { Command } from 'commander'
import type { ImportedPictures } from '../../src/io/index.ts'
import { type CommandContext, EXIT } from '../context.ts'
import { count, table } from '../format.ts'
import { collect, defined, finish, forceOption, outputName, sizeOption, usageError } from '../options.ts'
import { refuseToReplace } from '../outputs.ts'

interface Options {
  readonly catalog: readonly string[]
  readonly out: string
  readonly size?: number
  readonly force?: true
}

/** Refused pictures that are named on stderr; the rest is counted. */
const NAMED = 20

/** `puregalaxy import FOLDER... --catalog CSV... --out FILE` */
export function importCommand(context: CommandContext): Command {
  const command = new Command('import')
    .description('join folders of pictures and their catalogues into one HDF5 file')
    .argument('<folders...>', 'folders of pictures')
    .requiredOption('--catalog <file>', 'CSV catalogue; once for each folder, in the same order', collect)
    .requiredOption('--out <file>', 'HDF5 file to write', outputName)
    .addOption(sizeOption('resize pictures to this side (default: theirs, which must be one)'))
    .addOption(forceOption())
    .action(async (folders: string[], options: Options) => {
      const { catalog, out, size } = options
      if (folders.length !== catalog.length) {
        throw usageError(
          `There are ${folders.length} folders and ${catalog.length} catalogues: give --catalog once for each folder.`,
        )
      }
      await refuseToReplace(out, options.force)
      const { importPictures } = await import('../../src/io/index.ts')
      const imported = await importPictures({
        sources: folders.map((folder, index) => ({ folder, catalogue: catalog[index]! })),
        out,
        onProgress: context.progress('importing').update,
        signal: context.signal,
        ...defined({ size: size === undefined ? undefined : ([size, size] as const) }),
      })
      report(context, out, imported)
    })
  return finish(command, [
    'import pictures/ --catalog labels.csv --size 64 --out galaxies.h5',
    'import sdss/ decals/ --catalog sdss.csv --catalog decals.csv --size 96 --out both.h5',
  ])
}

function report(context: CommandContext, out: string, imported: ImportedPictures): void {
  const { exact, partial, unknown, unlisted } = imported
  const refused = imported.refused.map(({ catalogue, line, name, error }) => ({
    catalogue,
    line,
    name,
    code: error.code,
    message: error.message,
  }))
  for (const { message } of refused.slice(0, NAMED)) context.log(`refused: ${message}`)
  if (refused.length > NAMED) context.log(`… and ${refused.length - NAMED} more refused (--json lists them)`)
  if (refused.length > 0) context.exitCode = EXIT.someRefused
  context.result(
    { out, images: exact + partial + unknown, exact, partial, unknown, unlisted, refused },
    () => {
      const rows = [
        ['exact label', count(exact)],
        ['partial label', count(partial)],
        ['no label', count(unknown)],
        ['refused', count(refused.length)],
        ['in the folders, but in no catalogue', count(unlisted)],
      ]
      return `${table(['pictures', 'images'], rows)}data  ${out}`
    },
  )
}
