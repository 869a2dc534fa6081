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
    const alone = titles.filter((title) => title === name).length === 1
    return { name: alone ? name : `${name} (${shortened(models[0]!.name)})`, models }
  })
}

function titleOf(models: readonly TrainedModel[]): string {
  const architectures = [...new Set(models.map(({ config }) => config.architecture))].join(' and ')
  return models.length === 1 ? architectures : `${architectures}, ${models.length} runs`
}

/** The end of a path, which tells runs apart. */
function shortened(name: string): string {
  const parts = name.replace(/\/best\.safetensors$/, '').split('/')
  return parts.length <= 2 ? parts.join('/') : `…/${parts.slice(-2).join('/')}`
}
