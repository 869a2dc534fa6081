import { existsSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { PureGalaxyError } from '../../src/errors.ts'
import { fileError } from '../../src/io/file-errors.ts'
import { makeFolder } from '../outputs.ts'

/** Says that a folder is a demo's, whose files the next one may replace. */
const MARKER = '.puregalaxy-demo'

/** Where a demo keeps what it makes. */
export interface DemoFiles {
  readonly galaxies: string
  readonly samples: string
  readonly split: string
  readonly pureRun: string
  readonly resnetRun: string
  readonly robustness: string
  readonly pictures: string
  readonly catalogue: string
  readonly summary: string
}

/**
 * Makes the folder of a demo and empties it of what an earlier one made; other files in it stay. Nothing is removed from
 * a folder that no demo made.
 *
 * @param force take a folder that is not empty and not a demo's
 * @throws PureGalaxyError `cli.exists` for such a folder without `force`, or where it holds a name that the demo needs;
 *   `cli.no-folder`, `io.…`
 */
export async function prepareDemoFolder(folder: string, force = false): Promise<DemoFiles> {
  await makeFolder(folder)
  const files: DemoFiles = {
    galaxies: join(folder, 'galaxies.h5'),
    samples: join(folder, 'samples.png'),
    split: join(folder, 'split.json'),
    pureRun: join(folder, 'runs', 'pure'),
    resnetRun: join(folder, 'runs', 'resnet'),
    robustness: join(folder, 'robustness'),
    pictures: join(folder, 'pictures'),
    catalogue: join(folder, 'predictions.csv'),
    summary: join(folder, 'summary.json'),
  }
  try {
    const found = await readdir(folder)
    const isDemo = found.includes(MARKER)
    if (found.length > 0 && !isDemo && !force) {
      throw new PureGalaxyError(
        'cli.exists',
        `${folder} holds files that no demo made. Choose another folder, or use this one with --force.`,
      )
    }
    // Beside the data set lie the caches of its pictures, beside the catalogue what an interrupted run left.
    const beside = found.filter((name) => /^(galaxies\.h5|predictions\.csv)\./.test(name))
    const own = [...Object.values(files), ...beside.map((name) => join(folder, name))]
    if (!isDemo) {
      const taken = own.filter((path) => existsSync(path)).map((path) => relative(folder, path))
      if (taken.length > 0) {
        throw new PureGalaxyError(
          'cli.exists',
          `${folder} was not made by a demo and holds ${taken.join(', ')}, which the demo would replace. Choose another folder, or move them away.`,
        )
      }
    }
    await writeFile(join(folder, MARKER), 'Made by puregalaxy demo, which may replace its files.\n')
    if (isDemo) {
      for (const path of own) await rm(path, { recursive: true, force: true })
    }
  } catch (error) {
    throw fileError(error, folder)
  }
  return files
}
