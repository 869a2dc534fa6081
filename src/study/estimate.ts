import { type EngineName, openEngine } from '../engine/index.ts'
import { type DatasetSplit, openDataset } from '../io/index.ts'
import { resolveModelConfig } from '../model/index.ts'
import { measureEngine } from '../train/measure-engine.ts'
import { checkStudyClasses } from './check-classes.ts'
import type { StudyPlan } from './plan.ts'

/** How long a study takes on this machine, from a few steps of each network. */
export interface StudyEstimate {
  readonly engine: EngineName
  /** Networks trained: at the recipe's rate, at the others, and at most as many again at each one's own best. */
  readonly runs: number
  readonly trainingPictures: number
  readonly testPictures: number
  /** Of training and testing together, the whole study from its beginning. */
  readonly seconds: number
}

/** Share that recalibration, validation and writing add to training. */
const OVERHEAD = 1.1

/** @throws PureGalaxyError `study.classes`; what the data or the engine are refused for */
export async function estimateStudy(
  plan: StudyPlan,
  options: {
    readonly data: string
    readonly engine: EngineName | 'auto'
    readonly threads?: number | undefined
    readonly split?: DatasetSplit | undefined
  },
  signal: AbortSignal = new AbortController().signal,
): Promise<StudyEstimate> {
  const { data, threads, split } = options
  const { size, recipe, seeds, architectures, protocols } = plan
  const dataset = await openDataset(data, {
    size: [size, size],
    signal,
    onClasses: (path, classes) => checkStudyClasses(plan, path, classes),
    ...(plan.parts ? { subset: 'train' } : {}),
  })
  // CIFAR-10 has a test part of a fifth of its training part, of which a tenth validates; a split sets two tenths aside.
  const { length } = dataset
  const [training, test] = plan.parts
    ? [0.9 * length, length / 5]
    : [split?.train.length ?? 0.8 * length, split?.test.length ?? length / 10]
  const classes = dataset.classes.slugs.length
  await dataset.close()
  const engine = await openEngine(options.engine, { purpose: 'training' })
  await engine.dispose()
  const doses = protocols.reduce((sum, { levels }) => sum + (levels?.length ?? 5) * 5, 1)
  const others = seeds.length - 1 + (plan.grid.length > 0 ? plan.grid.length / 2 : 0)
  let seconds = 0
  for (const architecture of architectures) {
    const config = resolveModelConfig({ architecture, classes, inputSize: [size, size, 3] })
    const work = { config, batchSize: recipe.batchSize, threads, signal }
    const { imagesPerSecond: trained } = await measureEngine(engine.name, 'training', work)
    const { imagesPerSecond: judged } = await measureEngine(engine.name, 'inference', work)
    seconds += ((seeds.length + others) * recipe.epochs * training * OVERHEAD) / trained
    seconds += (seeds.length * doses * test) / judged
  }
  return {
    engine: engine.name,
    runs: 2 * (seeds.length + others),
    trainingPictures: Math.round(training),
    testPictures: Math.round(test),
    seconds,
  }
}
