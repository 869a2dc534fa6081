import { EMPTY_TALLY, type NoiseProtocol } from '../noise/index.ts'
import { examplePictures } from './examples.ts'
import { holm } from './holm.ts'
import { areaSpread, hitsOf, type LevelPasses, levelFigures } from './level-figures.ts'
import { passKey } from './measure-passes.ts'
import type { Dose } from './noisy-pictures.ts'
import type { Pass } from './pass.ts'
import type { Comparison, EntryCurve, LevelFigures, ProtocolReport } from './report-types.ts'
import {
  type HitTable,
  percentileInterval,
  perReplicate,
  resampleMeans,
  signProbability,
} from './resample.ts'
import { mcnemarExact } from './statistics.ts'
import type { Judged, RobustnessOptions } from './test-robustness.ts'

/**
 * Bootstrap replicates behind every interval, and their seed: enough that its ends move by a twentieth of its width, and that
 * the smallest probability, 0.001, outlives Holm's correction for some tens of tests.
 */
export const BOOTSTRAP = { replicates: 2000, seed: 1 } as const

/** Works the figures of all protocols out from passes that the store holds. */
export async function protocolReports(
  judged: Judged,
  options: Pick<RobustnessOptions, 'protocols' | 'illustration' | 'examples'> & {
    readonly onStep?: () => void
  },
): Promise<ProtocolReport[]> {
  const reports: ProtocolReport[] = []
  for (const protocol of options.protocols) {
    const passes = passesOf(judged, protocol)
    reports.push({
      protocol: protocol.name,
      unit: protocol.unit,
      levels: protocol.levels,
      illustration: protocol.name === 'exposure' && options.illustration === true,
      tally: tallyOf(judged, protocol),
      ...figuresOf(judged, protocol, passes),
      examples: await examplePictures(judged, protocol, options.examples ?? 6),
    })
    options.onStep?.()
  }
  return corrected(reports)
}

/** `[entry][level]`, the pictures as they are first. */
function passesOf(judged: Judged, protocol: NoiseProtocol): LevelPasses[][] {
  const { seeds } = judged
  return judged.entries.map(({ models }) => {
    const of = (dose: Dose | null) => models.map(({ fingerprint }) => storedPass(judged, fingerprint, dose))
    const clean = of(null)
    return [null, ...protocol.levels].map((level) => ({
      level,
      clean,
      passes:
        level === null
          ? clean.map((pass) => [pass])
          : models.map(({ fingerprint }) =>
              seeds.map((seed) => storedPass(judged, fingerprint, { protocol, level, seed })),
            ),
    }))
  })
}

export function storedPass({ measure }: Judged, fingerprint: string, dose: Dose | null): Pass {
  const pass = measure.store.get(passKey(fingerprint, dose))
  if (pass === undefined)
    throw new Error(`the pass ${JSON.stringify(passKey(fingerprint, dose))} was not measured`)
  return pass
}

/** What the noise met in the pictures does not depend on its level: one pass tells. */
function tallyOf(judged: Judged, protocol: NoiseProtocol) {
  const { fingerprint } = judged.entries[0]!.models[0]!
  const dose = { protocol, level: protocol.levels[0]!, seed: judged.seeds[0]! }
  return storedPass(judged, fingerprint, dose).tally ?? EMPTY_TALLY
}

function figuresOf(
  { entries, pictures }: Judged,
  protocol: NoiseProtocol,
  passes: readonly (readonly LevelPasses[])[],
): Pick<ProtocolReport, 'curves' | 'comparisons'> {
  const steps = protocol.levels.length + 1
  const tables = passes.flatMap((levels) => levels.map((level) => hitTable(level, pictures.labels)))
  const means = resampleMeans(tables, BOOTSTRAP)
  const keptOf = (entry: number, step: number) =>
    perReplicate(means[entry * steps + step]!, means[entry * steps]!, relative)
  const figures = passes.map((levels, entry) =>
    levels.map((level, step) =>
      levelFigures(level, pictures, {
        accuracy: percentileInterval(means[entry * steps + step]!)!,
        relative: percentileInterval(keptOf(entry, step)),
      }),
    ),
  )
  const baseline = figures.at(-1)!
  /** The first entry with another one, without noise or at a level. */
  const compare = (against: number, step: number): Comparison => {
    const [first, other] = [0, against].map((entry) => passes[entry]![step]!.passes[0]![0]!)
    const [own, theirs] = [first!, other!].map(({ predictions }) => hitsOf(predictions, pictures.labels))
    const onlyFirst = own!.filter((hit, row) => hit > theirs![row]!).length
    const onlyOther = theirs!.filter((hit, row) => hit > own![row]!).length
    const p = mcnemarExact(onlyFirst, onlyOther)
    const [ours, others] = [figures[0]![step]!, figures[against]![step]!]
    const differences = perReplicate(means[step]!, means[against * steps + step]!, minus)
    return {
      against,
      level: passes[0]![step]!.level,
      difference: ours.accuracy.mean - others.accuracy.mean,
      interval: percentileInterval(differences)!,
      mcnemar: { onlyFirst, onlyOther, p, corrected: p },
      relative:
        step === 0
          ? null
          : compareKept(ours, others, perReplicate(keptOf(0, step), keptOf(against, step), minus)),
    }
  }
  return {
    curves: figures.map((levels) => curveOf(levels, entries.length > 1 ? baseline : undefined)),
    comparisons: entries
      .slice(1)
      .flatMap((_, other) => Array.from({ length: steps }, (_, step) => compare(other + 1, step))),
  }
}

const minus = (first: number, second: number) => first - second
const relative = (accuracy: number, clean: number) => (clean > 0 ? accuracy / clean : Number.NaN)

/** Null where an entry is never right without noise, or is in no replicate. */
function compareKept(
  { relativeAccuracy: own }: LevelFigures,
  { relativeAccuracy: theirs }: LevelFigures,
  differences: Float64Array,
): Comparison['relative'] {
  const interval = percentileInterval(differences)
  const p = signProbability(differences)
  if (own === null || theirs === null || interval === null || p === null) return null
  return { difference: own - theirs, interval, p, corrected: p }
}

function hitTable({ passes }: LevelPasses, labels: Int32Array): HitTable {
  return passes.map((seeds) => seeds.map(({ predictions }) => hitsOf(predictions, labels)))
}

function curveOf(
  [clean, ...levels]: readonly LevelFigures[],
  baseline?: readonly LevelFigures[],
): EntryCurve {
  const errors = (of: readonly LevelFigures[]) => of.reduce((sum, { accuracy }) => sum + 1 - accuracy.mean, 0)
  const reference = baseline === undefined ? 0 : errors(baseline.slice(1))
  return {
    clean: clean!,
    levels,
    area: areaSpread([clean!, ...levels]),
    meanCorruptionError: reference > 0 ? (100 * errors(levels)) / reference : null,
  }
}

/**
 * Holm's correction, of McNemar's tests over all comparisons (those without noise, which every protocol repeats, count once)
 * and of the tests of relative accuracy over all of theirs.
 */
function corrected(reports: readonly ProtocolReport[]): ProtocolReport[] {
  const nameOf = (report: number, { against, level }: Comparison) =>
    `${level === null ? 0 : report}|${against}|${level}`
  const named = reports.flatMap(({ comparisons }, report) =>
    comparisons.map((comparison) => ({ name: nameOf(report, comparison), comparison })),
  )
  const correctedBy = (probability: (comparison: Comparison) => number | undefined) => {
    const tests = new Map<string, number>()
    for (const { name, comparison } of named) {
      const p = probability(comparison)
      if (p !== undefined) tests.set(name, p)
    }
    const values = holm([...tests.values()])
    return new Map([...tests.keys()].map((name, at) => [name, values[at]!]))
  }
  const mcnemar = correctedBy((comparison) => comparison.mcnemar.p)
  const relative = correctedBy((comparison) => comparison.relative?.p)
  return reports.map((each, report) => ({
    ...each,
    comparisons: each.comparisons.map((comparison) => {
      const name = nameOf(report, comparison)
      return {
        ...comparison,
        mcnemar: { ...comparison.mcnemar, corrected: mcnemar.get(name)! },
        relative: comparison.relative && { ...comparison.relative, corrected: relative.get(name)! },
      }
    }),
  }))
}
