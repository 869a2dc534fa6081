import { access, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Engine, type EngineName, openEngine } from '../engine/index.ts'
import { PureGalaxyError } from '../errors.ts'
import {
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
  openPassJournal,
  openProtocol,
  passIdentity,
  type RobustnessReport,
  testRobustness,
} from '../robustness/index.ts'
import { type EpochSummary, readTrainedModel, resume, type TrainProgress, train } from '../train/index.ts'
import { readMetrics, runFiles } from '../train/run-folder.ts'
import { estimateStudy, type StudyEstimate } from './estimate.ts'
import { judgeStudy, type StudyFindings } from './judge-study.ts'
import { type StudyPlan, type StudyRun, studyRun } from './plan.ts'

export interface StudyHooks {
  /** Called before the work begins: how long it will take. Whoever only wants to know throws, or aborts the signal. */
  readonly onEstimate?: (estimate: StudyEstimate) => void
  readonly onRun?: (run: StudyRun, number: number, total: number) => void
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
 * @throws PureGalaxyError `study.other-plan` where the folder holds a study of another plan or other data; what training
 *   and testing are refused for
 */
export async function runStudy(
  plan: StudyPlan,
  options: RunStudyOptions,
  hooks: StudyHooks = {},
): Promise<StudyResult> {
  const { folder } = options
  await makeFolder(folder)
  await keepPlan(plan, options)
  const split = plan.parts ? undefined : await splitOnce(options)
  hooks.onEstimate?.(await estimateStudy(plan, { ...options, split }, hooks.signal))
  const planned = [...plan.runs, ...plan.grid]
  for (const [at, run] of planned.entries()) {
    hooks.onRun?.(run, at + 1, planned.length)
    await trainRun(plan, run, { ...options, split }, hooks)
  }
  const best = await bestRates(plan, folder)
  const others = plan.architectures.flatMap((architecture, at) =>
    plan.seeds.slice(1).map((seed) => studyRun(architecture, best[at]!, seed)),
  )
  for (const [at, run] of others.entries()) {
    hooks.onRun?.(run, at + 1, others.length)
    await trainRun(plan, run, { ...options, split }, hooks)
  }
  const report = await testRuns(plan, { ...options, split }, hooks)
  const histories = new Map<string, EpochSummary[]>()
  for (const { name } of [...planned, ...others]) histories.set(name, await historyOf(folder, name))
  const findings = judgeStudy(plan, best, histories, report)
  return { plan, findings, report }
}

/** The options of a study and the split that it made. */
type Opened = RunStudyOptions & { readonly split: string | undefined }

/** A folder holds one study: its plan and the data's path are noted, and compared when it is gone on with. */
async function keepPlan(plan: StudyPlan, { folder, data }: RunStudyOptions): Promise<void> {
  const path = join(folder, 'plan.json')
  const text = `${JSON.stringify({ ...plan, data: resolve(data) }, null, 2)}\n`
  const there = await readFile(path, 'utf8').catch(() => undefined)
  if (there === undefined) return writeFileAtomic(path, text)
  if (there !== text)
    throw new PureGalaxyError(
      'study.other-plan',
      `${folder} holds a study with other options or of other data (${path}). Go on with it by the options that it began with, or choose another folder.`,
    )
}

async function splitOnce({ folder, data }: RunStudyOptions): Promise<string> {
  const path = join(folder, 'split.json')
  if (!(await exists(path))) {
    const split = splitDataset(await openSplitSource(data), { test: 0.1, val: 0.1, seed: 1 })
    await writeSplit(path, split)
  }
  return path
}

const runFolder = (folder: string, name: string) => join(folder, 'runs', name)

async function trainRun(plan: StudyPlan, run: StudyRun, options: Opened, hooks: StudyHooks): Promise<void> {
  const to = runFolder(options.folder, run.name)
  const trainHooks = {
    ...(hooks.onTraining ? { onProgress: hooks.onTraining } : {}),
    ...(hooks.signal ? { signal: hooks.signal } : {}),
  }
  if (await exists(runFiles(to).config)) await resume(to, trainHooks)
  else {
    const { engine, threads, data, split } = options
    await train(
      {
        data,
        runFolder: to,
        model: { architecture: run.architecture },
        preset: plan.preset,
        ...plan.recipe,
        learningRate: run.learningRate,
        size: [plan.size, plan.size],
        validation: split === undefined ? { fraction: 0.1 } : { split },
        seed: run.seed,
        engine,
        ...(threads === undefined ? {} : { threads }),
      },
      trainHooks,
    )
  }
  hooks.signal?.throwIfAborted()
}

async function historyOf(folder: string, name: string): Promise<EpochSummary[]> {
  const lines = await readMetrics(runFiles(runFolder(folder, name)).metrics)
  return lines.filter((line): line is EpochSummary => line.kind === 'epoch')
}

/** Of each architecture the rate at which the first seed ended with the best validation; of equals the lowest. */
async function bestRates(plan: StudyPlan, folder: string): Promise<number[]> {
  const [seed] = plan.seeds
  const candidates = [...plan.runs, ...plan.grid].filter((run) => run.seed === seed)
  return Promise.all(
    plan.architectures.map(async (architecture) => {
      const tried = candidates
        .filter((run) => run.architecture === architecture)
        .sort((a, b) => a.learningRate - b.learningRate)
      let best = { rate: 0, score: Number.NEGATIVE_INFINITY }
      for (const { name, learningRate } of tried) {
        const score = (await historyOf(folder, name)).at(-1)!.validation!.score
        if (score > best.score) best = { rate: learningRate, score }
      }
      return best.rate
    }),
  )
}

/** Both networks at the recipe's rate, all seeds, on the test pictures. */
async function testRuns(plan: StudyPlan, options: Opened, hooks: StudyHooks): Promise<RobustnessReport> {
  const { folder, data, split, threads } = options
  const protocols = plan.protocols.map(({ name, levels }) => openProtocol(name, levels))
  const asStored = protocols.some(({ pixels }) => pixels === 'stored')
  const dataset: ImageDataset = await openDataset(data, {
    ...(asStored ? {} : { size: [plan.size, plan.size] as const }),
    ...(plan.parts ? { subset: 'test' } : {}),
  })
  const indices = split === undefined ? undefined : (await readSplit(split, dataset)).test
  const engine: Engine = await openEngine(options.engine, {
    purpose: 'inference',
    ...(threads === undefined ? {} : { threads }),
  })
  try {
    await checkStretch(dataset, { protocols, indices })
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
    const journal = await openPassJournal(
      join(folder, 'passes.ndjson'),
      passIdentity(dataset, engine, indices),
    )
    try {
      return await testRobustness(entries, dataset, {
        engine,
        protocols,
        indices,
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
    await dataset.close()
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
