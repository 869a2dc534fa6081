import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PureGalaxyError } from '../errors.ts'
import { countParameters } from '../model/parameters.ts'
import { runFiles } from '../train/run-files.ts'
import { readTrainedModel } from '../train/trained-model.ts'

/** A model file that comes with the package. */
export interface ShippedModel {
  /** What MODEL is called on the command line: `small`. */
  readonly name: string
  readonly path: string
}

const EXTENSION = '.safetensors'

/** The package's folder of weights: beside the first package.json above this file, wherever the build put it. */
function weightsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder)
  return join(folder, 'weights')
}

/** The models that come with the package, by name. */
export async function shippedModels(): Promise<ShippedModel[]> {
  const folder = weightsFolder()
  if (!existsSync(folder)) return []
  return (await readdir(folder))
    .filter((file) => file.endsWith(EXTENSION))
    .sort()
    .map((file) => ({ name: file.slice(0, -EXTENSION.length), path: join(folder, file) }))
}

/**
 * The model file that MODEL means: the name of a shipped model, or the path of a file or a run folder, which stands for its epoch
 * with the best validation. What happens to be called so in the current folder is `./small`: a stranger's folder must not
 * change what a command without a model does.
 *
 * @throws PureGalaxyError `classify.no-such-model` when it is none of these
 * @example const { path } = await resolveModel('small')
 */
export async function resolveModel(model: string): Promise<ShippedModel> {
  const shipped = await shippedModels()
  const found = shipped.find(({ name }) => name === model)
  if (found !== undefined) return found
  const info = await stat(model).catch(() => undefined)
  if (info?.isDirectory()) return bestOfRun(model)
  if (info !== undefined) return { name: model, path: model }
  const names = shipped.map(({ name }) => name).join(', ')
  throw new PureGalaxyError(
    'classify.no-such-model',
    `There is no model file ${model}, nor a shipped model of that name${names === '' ? '' : ` (shipped: ${names})`}. ` +
      'Name a .safetensors file, or a run folder.',
  )
}

function bestOfRun(folder: string): ShippedModel {
  const { best: path } = runFiles(folder)
  if (existsSync(path)) return { name: path, path }
  throw new PureGalaxyError(
    'classify.no-such-model',
    `The folder ${folder} holds no ${basename(path)}: it is no run folder, or one whose first epoch has not ended (puregalaxy ` +
      'resume goes on with it).',
  )
}

/** One line of `puregalaxy models` for a shipped model. */
export interface ShippedModelInfo {
  readonly name: string
  readonly architecture: string
  /** Trainable parameters. */
  readonly parameters: number
  readonly inputSize: readonly [height: number, width: number, channels: 3]
  /** Slugs in the order of the probabilities. */
  readonly classes: readonly string[]
  readonly version: string
}

/** @throws PureGalaxyError as `readTrainedModel` */
export async function describeModel({ name, path }: ShippedModel): Promise<ShippedModelInfo> {
  const { config, metadata } = await readTrainedModel(path, name)
  return {
    name,
    architecture: config.architecture,
    parameters: countParameters(config),
    inputSize: config.inputSize,
    classes: metadata.classes.slugs,
    version: metadata.version,
  }
}
