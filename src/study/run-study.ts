import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Engine, type EngineName, openEngine } from '../engine/index.ts'
import { PureGalaxyError } from '../errors.ts'
import { exists } from '../io/exists.ts'
import { fileError } from '../io/file-errors.ts'
import { readPixelScales } from '../io/hdf5/read-pixel-scales.ts'
import {
  type DatasetSplit,
  type ImageDataset,
  openDataset,
  openSplitSource,
  readSplit,
  splitDataset,
  writeFileAtomic,
  writeSplit,
} from '../io/index.ts'
import { makeFolder } from '../make-folder.ts'
import {
  checkStretch,
  type NoiseProtocol,
  openPassJournal,
  openProtocol,
  passIdentity,
  type RobustnessReport,
  testRobustness,
} from '../robustness/index.ts'
import { judgedPictures } from '../robustness/judged-pictures.ts'
import type { ClassScheme } from '../survey/index.ts'
import {
  type EpochSummary,
  readTrainedModel,
  resume,
  type TrainOptions,
  type TrainProgress,
  train,
} from '../train/index.ts'
import { runFiles } from '../train/run-files.ts'
import { readMetrics } from '../train/run-folder.ts'
import { checkStudyClasses } from './check-classes.ts'
import { estimateStudy, type StudyEstimate } from './estimate.ts'
import { judgeStudy, type StudyFindings } from './judge-study.ts'
import { type StudyPlan, type StudyRun, studyRun } from './plan.ts'

export interface StudyHooks {
  /** Called before it is measured, for minutes on a slow machine, how long a new study takes. */
  readonly onMeasuring?: () => void
  /** Called before the work on a new study begins: how long it will take. Whoever only wants to know throws, or aborts the signal. */
  readonly onEstimate?: (estimate: StudyEstimate) => void
  readonly onRun?: (run: StudyRun, number: number, total: number) => void
  /** Called as each run begins: the engine that trains it. */
  readonly onEngine?: (name: EngineName) => void
  readonly onTraining?: (progress: TrainProgress) => void
  readonly onTesting?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

export interface RunStudyOptions {
  /** The data set: CIFAR-10, or Galaxy10 DECaLS in HDF5. */
  readonly data: string
  /** Where everything is written; what an interrupted study left there is gone on with. */
  readonly folder: string
  readonly engine: EngineName | 'auto'
  readonly threads?: number | undefined
  /** For the report. */
  readonly command?: string | undefined
}

export interface StudyResult {
  readonly plan: StudyPlan
  readonly findings: StudyFindings
  readonly report: RobustnessReport
}

/**
 * Runs a study: trains the planned networks, each of them again at its own best rate, and tests those of the recipe's rate
 * under noise. Killed at any moment and called again, it goes on and ends the same.
 *
 * @throws PureGalaxyError `study.other-plan` where the folder holds a study of another plan or other data; `study.classes`;
 *   what training and testing are refused for
 */
export async function runStudy(
  plan: StudyPlan,
  options: RunStudyOptions,
  hooks: StudyHooks = {},
): Promise<StudyResult> {
  const { folder } = options
  const begun = await isBegun(plan, options)
  const split = plan.parts ? undefined : await studySplit(plan, options)
  // What testing would refuse in the end is refused before the hours of training, and leaves nothing.
  await (await openTest(plan, { ...options, split }, hooks.signal)).close()
  if (!begun) {
    hooks.onMeasuring?.()
    hooks.onEstimate?.(await estimateStudy(plan, { ...options, split }, hooks.signal))
  }
  await makeFolder(folder).catch((error) => {
    throw fileError(error, folder)
  })
  if (split !== undefined) await writeSplit(splitPath(folder), split)
  await writeFileAtomic(planPath(folder), planText(plan, options))
  const opened: Opened = { ...options, split }
  const histories = new Map<string, EpochSummary[]>()
  const trainAll = async (runs: readonly StudyRun[], mayDiverge: boolean) => {
    for (const [at, run] of runs.entries()) {
      hooks.onRun?.(run, at + 1, runs.length)
      if (await trainRun(plan, run, opened, hooks, mayDiverge))
        histories.set(run.name, await historyOf(folder, run.name))
    }
  }
  await trainAll(plan.runs, false)
  await trainAll(plan.grid, true)
  const best = plan.architectures.map((architecture) => bestRate(plan, architecture, histories))
  const others = plan.architectures.flatMap((architecture, at) =>
    plan.seeds.slice(1).map((seed) => studyRun(architecture, best[at]!, seed)),
  )
  await trainAll(
    others.filter(({ name }) => !histories.has(name)),
    true,
  )
  const report = await testRuns(plan, opened, hooks)
  return { plan, findings: judgeStudy(plan, best, histories, report), report }
}

/** The options of a study and the split that it made. */
type Opened = RunStudyOptions & { readonly split: DatasetSplit | undefined }

const planPath = (folder: string) => join(folder, 'plan.json')
const splitPath = (folder: string) => join(folder, 'split.json')

/** All that the results depend on. */
function planText(plan: StudyPlan, { data, engine, threads }: RunStudyOptions): string {
  return `${JSON.stringify({ ...plan, data: resolve(data), engine, threads: threads ?? null }, null, 2)}\n`
}

/** A folder holds one study: its plan is noted when the work begins, and compared when it is gone on with. */
async function isBegun(plan: StudyPlan, options: RunStudyOptions): Promise<boolean> {
  const path = planPath(options.folder)
  const there = await readFile(path, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return undefined
    throw fileError(error, path)
  })
  if (there !== undefined && there !== planText(plan, options))
    throw new PureGalaxyError(
      'study.other-plan',
      `${options.folder} holds a study with other options or of other data (${path}). Go on with it by the options that it began with, or choose another folder.`,
    )
  return there !== undefined
}

/** The split that the folder holds, or a new one: without a plan no run has begun with what is there. */
async function studySplit(plan: StudyPlan, { folder, data }: RunStudyOptions): Promise<DatasetSplit> {
  const onClasses = (path: string, classes: ClassScheme) => checkStudyClasses(plan, path, classes)
  const source = await openSplitSource(data, { onClasses })
  // Columns alone do not call it.
  if (source.classes !== undefined) onClasses(data, source.classes)
  const path = splitPath(folder)
  if ((await exists(planPath(folder))) && (await exists(path))) return readSplit(path, source)
  return splitDataset(source, { test: 0.1, val: 0.1, seed: 1 })
}

const runFolder = (folder: string, name: string) => join(folder, 'runs', name)

/** @returns false for a run that stopped being finite, where that may be: it has no end to be judged by */
async function trainRun(
  plan: StudyPlan,
  run: StudyRun,
  options: Opened,
  { onEngine, onTraining, signal }: StudyHooks,
  mayDiverge: boolean,
): Promise<boolean> {
  const to = runFolder(options.folder, run.name)
  const trainHooks = {
    ...(onEngine ? { onEngine } : {}),
    ...(onTraining ? { onProgress: onTraining } : {}),
    ...(signal ? { signal } : {}),
  }
  try {
    if (await exists(runFiles(to).config)) await resume(to, trainHooks)
    else await train(trainOptions(plan, run, to, options), trainHooks)
  } catch (error) {
    const diverged = error instanceof PureGalaxyError && error.code === 'train.not-finite'
    if (!diverged || !mayDiverge) throw error
    return false
  }
  signal?.throwIfAborted()
  return true
}

function trainOptions(
  plan: StudyPlan,
  run: StudyRun,
  to: string,
  { engine, threads, data, folder, split }: Opened,
): TrainOptions {
  return {
    data,
    runFolder: to,
    model: { architecture: run.architecture },
    preset: plan.preset,
    ...plan.recipe,
    learningRate: run.learningRate,
    size: [plan.size, plan.size],
    validation: split === undefined ? { fraction: 0.1 } : { split: splitPath(folder) },
    seed: run.seed,
    engine,
    ...(threads === undefined ? {} : { threads }),
  }
}

async function historyOf(folder: string, name: string): Promise<EpochSummary[]> {
  const lines = await readMetrics(runFiles(runFolder(folder, name)).metrics)
  return lines.filter((line): line is EpochSummary => line.kind === 'epoch')
}

/** The rate at which the first seed ended with the best validation; of equals the lowest. */
function bestRate(
  plan: StudyPlan,
  architecture: string,
  histories: ReadonlyMap<string, readonly EpochSummary[]>,
): number {
  const [seed] = plan.seeds
  const tried = [...plan.runs, ...plan.grid]
    .filter((run) => run.seed === seed && run.architecture === architecture)
    .sort((a, b) => a.learningRate - b.learningRate)
  let best = { rate: plan.recipe.learningRate, score: Number.NEGATIVE_INFINITY }
  for (const { name, learningRate } of tried) {
    const score = histories.get(name)?.at(-1)?.validation?.score ?? Number.NEGATIVE_INFINITY
    if (score > best.score) best = { rate: learningRate, score }
  }
  return best.rate
}

/** The pictures that both networks are tested on, and the noise. */
interface OpenedTest {
  readonly dataset: ImageDataset
  readonly indices: readonly number[] | undefined
  readonly protocols: readonly NoiseProtocol[]
  close(): Promise<void>
}

/** @throws PureGalaxyError `study.classes`, `robustness.no-labels`, `robustness.one-class`, `study.stretch` */
async function openTest(plan: StudyPlan, { data, split }: Opened, signal?: AbortSignal): Promise<OpenedTest> {
  const protocols = plan.protocols.map(({ name, levels }) => openProtocol(name, levels))
  const asStored = protocols.some(({ pixels }) => pixels === 'stored')
  const dataset = await openDataset(data, {
    ...(asStored ? {} : { size: [plan.size, plan.size] as const }),
    ...(plan.parts ? { subset: 'test' } : {}),
    onClasses: (path, classes) => checkStudyClasses(plan, path, classes),
    ...(signal ? { signal } : {}),
  })
  try {
    const indices = split?.test
    judgedPictures(dataset, indices)
    if (await checkStretch(dataset, { protocols, indices, illustration: true }))
      throw new PureGalaxyError(
        'study.stretch',
        `${data}: the pictures lack the stretch of the Legacy Surveys viewer, which protocol exposure of the study ${plan.study} undoes. ` +
          'It is for Galaxy10_DECals.h5; train and puregalaxy robustness --protocol counts take other pictures.',
      )
    return { dataset, indices, protocols, close: () => dataset.close() }
  } catch (error) {
    await dataset.close()
    throw error
  }
}

/** Both networks at the recipe's rate, all seeds, on the test pictures. */
async function testRuns(plan: StudyPlan, options: Opened, hooks: StudyHooks): Promise<RobustnessReport> {
  const { folder, threads } = options
  const test = await openTest(plan, options, hooks.signal)
  try {
    const { dataset, indices, protocols } = test
    const engine: Engine = await openEngine(options.engine, {
      purpose: 'inference',
      ...(threads === undefined ? {} : { threads }),
    })
    try {
      const entries = await Promise.all(
        plan.architectures.map(async (architecture) => ({
          name: architecture,
          models: await Promise.all(
            plan.runs
              .filter((run) => run.architecture === architecture)
              .map(({ name }) => readTrainedModel(runFiles(runFolder(folder, name)).best, name)),
          ),
        })),
      )
      const pixelScales = await readPixelScales(options.data)
      const identity = passIdentity(dataset, engine, indices, pixelScales)
      const journal = await openPassJournal(folder, identity)
      try {
        return await testRobustness(entries, dataset, {
          engine,
          protocols,
          indices,
          pixelScales,
          threads,
          store: journal,
          command: options.command,
          onProgress: hooks.onTesting,
          signal: hooks.signal,
        })
      } finally {
        await journal.close()
      }
    } finally {
      await engine.dispose()
    }
  } finally {
    await test.close()
  }
}
