import { PureGalaxyError } from '../errors.ts'
import { CIFAR10 } from '../io/cifar/cifar10-classes.ts'
import { ARCHITECTURES } from '../model/architectures.ts'
import type { ProtocolName } from '../noise/index.ts'
import { type ClassScheme, GALAXY10_DECALS } from '../survey/index.ts'
import { PRESETS, type PresetName, type Recipe } from '../train/index.ts'

/** A study that ships, as it is run on a GPU; `planStudy` shortens it. */
interface StudyDefinition {
  /** One line for help texts. */
  readonly title: string
  /** Of its data set. */
  readonly classes: ClassScheme
  readonly preset: PresetName
  /** The PURe and its ResNet twin. */
  readonly architectures: readonly [pure: string, resnet: string]
  /** Width and height of the pictures that networks see, pixels. */
  readonly size: number
  readonly protocols: readonly { readonly name: ProtocolName; readonly levels?: readonly number[] }[]
  /** Learning rates tried around the recipe's own. */
  readonly rates: readonly number[]
  /** Whether the data come in a training and a test part; else a split by sky position and class is made. */
  readonly parts: boolean
}

export const STUDIES = {
  cifar10: {
    title: "PURe20 and ResNet20 by the paper's recipe, counts noise with the ladder of CIFAR-10-C",
    classes: CIFAR10,
    preset: 'paper-cifar10',
    architectures: ['pure20', 'resnet20'],
    size: 32,
    protocols: [{ name: 'counts', levels: [500, 250, 100, 75, 50] }],
    rates: [0.01, 0.03, 0.1],
    parts: true,
  },
  galaxy10: {
    title: 'PURe34 and ResNet34 on Galaxy10 DECaLS, exposure and counts noise',
    classes: GALAXY10_DECALS,
    preset: 'galaxy10',
    architectures: ['pure34', 'resnet34'],
    size: 256,
    protocols: [{ name: 'exposure' }, { name: 'counts' }],
    rates: [0.02, 0.05, 0.1],
    parts: false,
  },
} as const satisfies Readonly<Record<string, StudyDefinition>>

export type StudyName = keyof typeof STUDIES

/** What of a study may be made smaller. */
export interface StudyOptions {
  /** Default: the recipe's; the drops of a step schedule move with it. */
  readonly epochs?: number | undefined
  /** Training seeds 1 to this number; default 3. */
  readonly seeds?: number | undefined
  /** Default: the study's. */
  readonly size?: number | undefined
  /** `20`, `34` …: another depth of both networks. */
  readonly depth?: number | undefined
}

/** One network to be trained. */
export interface StudyRun {
  /** Of its folder. */
  readonly name: string
  readonly architecture: string
  readonly learningRate: number
  readonly seed: number
}

export interface StudyPlan extends Omit<StudyDefinition, 'title' | 'classes' | 'architectures' | 'rates'> {
  readonly study: StudyName
  readonly architectures: readonly [pure: string, resnet: string]
  readonly recipe: Recipe
  readonly seeds: readonly number[]
  /** All networks at the recipe's rate with every seed. */
  readonly runs: readonly StudyRun[]
  /** The first seed at the other rates. */
  readonly grid: readonly StudyRun[]
}

export function studyRun(architecture: string, learningRate: number, seed: number): StudyRun {
  return { name: `${architecture}-lr${learningRate}-seed${seed}`, architecture, learningRate, seed }
}

/**
 * Lays a study out.
 *
 * @throws PureGalaxyError `study.name` for one that there is not, `study.depth` for networks that there are not
 */
export function planStudy(name: string, options: StudyOptions = {}): StudyPlan {
  if (!Object.hasOwn(STUDIES, name))
    throw new PureGalaxyError(
      'study.name',
      `There is no study "${name}"; expected one of ${Object.keys(STUDIES).join(', ')}.`,
    )
  const study = name as StudyName
  const definition: StudyDefinition = STUDIES[study]
  const { preset, size, protocols, parts, rates } = definition
  const { depth } = options
  const architectures = depth === undefined ? definition.architectures : twinsOf(depth)
  const recipe = shortened(PRESETS[preset], options.epochs)
  const seeds = Array.from({ length: options.seeds ?? 3 }, (_, at) => at + 1)
  return {
    study,
    preset,
    architectures,
    recipe,
    seeds,
    size: options.size ?? size,
    protocols,
    parts,
    runs: seeds.flatMap((seed) =>
      architectures.map((architecture) => studyRun(architecture, recipe.learningRate, seed)),
    ),
    grid: rates
      .filter((rate) => rate !== recipe.learningRate)
      .flatMap((rate) => architectures.map((architecture) => studyRun(architecture, rate, seeds[0]!))),
  }
}

/** @throws PureGalaxyError `study.depth` */
function twinsOf(depth: number): readonly [pure: string, resnet: string] {
  const twins = [`pure${depth}`, `resnet${depth}`] as const
  if (twins.every((name) => ARCHITECTURES.has(name))) return twins
  const depths = [...ARCHITECTURES.values()].flatMap((known) => (known.family === 'pure' ? known.depth : []))
  throw new PureGalaxyError(
    'study.depth',
    `There are no networks of depth ${depth}; expected one of ${depths.join(', ')}.`,
  )
}

/** The recipe in fewer epochs: what the schedule and the warm-up name keeps its place in the whole. */
function shortened(recipe: Recipe, epochs = recipe.epochs): Recipe {
  const factor = epochs / recipe.epochs
  const { schedule, warmupEpochs } = recipe
  return {
    ...recipe,
    epochs,
    warmupEpochs: warmupEpochs * factor,
    schedule:
      schedule.name === 'step'
        ? { ...schedule, epochs: schedule.epochs.map((epoch) => epoch * factor) }
        : schedule,
  }
}
