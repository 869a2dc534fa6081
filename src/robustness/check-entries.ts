import { PureGalaxyError } from '../errors.ts'
import type { TrainedModel } from '../train/index.ts'
import { weightsHash } from '../train/weights-hash.ts'
import type { RobustnessEntry } from './test-robustness.ts'

/**
 * Refuses models that cannot be compared; nothing of it needs the data.
 *
 * @throws PureGalaxyError `robustness.entries` where there is nothing to compare; `robustness.size` where models take
 *   pictures of different sizes; `robustness.same-weights` where an entry names weights twice; `robustness.recipe` where
 *   its models differ in network, recipe or training data
 */
export function checkEntries(entries: readonly RobustnessEntry[]): void {
  const models = entries.flatMap((entry) => entry.models)
  const [first] = models
  if (first === undefined || entries.some((entry) => entry.models.length === 0))
    throw new PureGalaxyError(
      'robustness.entries',
      `There are ${entries.length} entries with ${models.length} models; expected at least one of each.`,
    )
  const [height, width] = first.config.inputSize
  const other = models.find(({ config }) => config.inputSize[0] !== height || config.inputSize[1] !== width)
  if (other !== undefined)
    throw new PureGalaxyError(
      'robustness.size',
      `${first.name} takes pictures of ${height}×${width} pixels, ${other.name} of ${other.config.inputSize.slice(0, 2).join('×')}: ` +
        'what is compared must see the same pictures. Train all with the same --size.',
    )
  for (const { models } of entries) {
    refuseSameWeights(models)
    refuseOtherRecipes(models)
  }
}

/** A run counted twice would make the spread over runs too small. */
function refuseSameWeights(models: readonly TrainedModel[]): void {
  const known = new Map<string, TrainedModel>()
  for (const model of models) {
    const hash = weightsHash(model)
    const same = known.get(hash)
    if (same !== undefined)
      throw new PureGalaxyError(
        'robustness.same-weights',
        `${same.name} and ${model.name} hold the same weights, and an entry counts each training run once. Name it once.`,
      )
    known.set(hash, model)
  }
}

function refuseOtherRecipes([first, ...others]: readonly TrainedModel[]): void {
  for (const other of others) {
    const found = firstDifference(recipeOf(first!), recipeOf(other))
    if (found === undefined) continue
    const [a, b] = found.values.map(abridged)
    throw new PureGalaxyError(
      'robustness.recipe',
      `The models of an entry are runs of one recipe with different seeds, but ${first!.name} and ${other.name} differ: ` +
        `${found.name} is ${a} and ${b}. Compare them as entries of their own (--against).`,
    )
  }
}

/** What runs of one recipe have in common. */
function recipeOf({ config, metadata }: TrainedModel) {
  const { recipe, dataHash } = metadata.provenance
  return { ...config, recipe, 'hash of the training data': dataHash }
}

interface Difference {
  /** `recipe.optimiser.momentum` */
  readonly name: string
  readonly values: readonly [unknown, unknown]
}

/** The first place in which two JSON values differ; what is left out is as good as null. */
function firstDifference(a: unknown, b: unknown, name = ''): Difference | undefined {
  if (!isObject(a) || !isObject(b)) return (a ?? null) === (b ?? null) ? undefined : { name, values: [a, b] }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(a[key], b[key], name === '' ? key : `${name}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

const LONGEST_VALUE = 60

function abridged(value: unknown): string {
  const text = value == null ? 'none' : JSON.stringify(value)
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
}
