import { shippedModels } from '../src/classify/shipped-models.ts'
import { exists } from '../src/io/exists.ts'
import type { RobustnessEntry } from '../src/robustness/index.ts'
import type { TrainedModel } from '../src/train/index.ts'
import { readModel } from './open-for-model.ts'
import { usageError } from './options.ts'

/**
 * Reads what is to be compared. Each argument names a model (a file, a run folder or a shipped name), or several with
 * commas between them: training runs of one recipe, which are told of together.
 *
 * @throws PureGalaxyError `cli.usage` for an empty name; whatever a model file is refused for
 */
export async function readEntries(choices: readonly string[]): Promise<RobustnessEntry[]> {
  const shipped = new Set((await shippedModels()).map(({ name }) => name))
  const entries: RobustnessEntry[] = []
  for (const choice of choices) {
    const models: TrainedModel[] = []
    const paths = (await exists(choice)) ? [choice] : choice.split(',')
    if (paths.some((path) => path.trim() === ''))
      throw usageError(
        `The model ${JSON.stringify(choice)} has an empty name; expected a path or a shipped name, or several with commas between them.`,
      )
    for (const path of paths) models.push(await readModel(path))
    // One that ships is known by its name.
    entries.push({
      name: shipped.has(choice) ? `${models[0]!.name} (${titleOf(models)})` : titleOf(models),
      models,
    })
  }
  const titles = entries.map(({ name }) => name)
  return entries.map(({ name, models }) => {
    const alike = entries.filter((_, at) => titles[at] === name)
    if (alike.length === 1) return { name, models }
    // The first run in which they differ: seeds may be shared.
    const differing = models.findIndex((model, at) =>
      alike.some((other) => other.models[at]?.name !== model.name),
    )
    const at = Math.max(0, differing)
    const paths = alike.flatMap((other) => other.models[at]?.name ?? [])
    return { name: `${name} (${shortened(models[at]!.name, paths)})`, models }
  })
}

function titleOf(models: readonly TrainedModel[]): string {
  const kinds = [...new Set(models.map(kindOf))].join(' and ')
  return models.length === 1 ? kinds : `${kinds}, ${models.length} runs`
}

/** The architecture, and what studies change of it: `pure20 (floor, trained with counts)`. */
function kindOf({ config, metadata }: TrainedModel): string {
  const { architecture, secondLayer, fixedTheta, finalReLU } = config
  const noise = ['augmentation', 'noise', 'protocol'].reduce<unknown>(valueAt, metadata.provenance.recipe)
  const changes = [
    secondLayer === 'product' ? '' : secondLayer,
    fixedTheta ? 'fixed theta' : '',
    finalReLU ? 'final ReLU' : '',
    typeof noise === 'string' ? `trained with ${noise}` : '',
  ].filter((change) => change !== '')
  return changes.length === 0 ? architecture : `${architecture} (${changes.join(', ')})`
}

/** Undefined in what is no object: a file may say anything of its recipe. */
function valueAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

/** The end of a path, two names or as many as tell it apart from the others. */
function shortened(path: string, paths: readonly string[]): string {
  const partsOf = (one: string) => one.replace(/\/best\.safetensors$/, '').split('/')
  const parts = partsOf(path)
  const others = paths.filter((other) => other !== path).map(partsOf)
  const ending = (of: readonly string[], count: number) => of.slice(-count).join('/')
  let count = 2
  while (count < parts.length && others.some((other) => ending(other, count) === ending(parts, count)))
    count++
  return count >= parts.length ? parts.join('/') : `…/${ending(parts, count)}`
}
