import { EMPTY_TALLY, type NoiseProtocol } from '../noise/index.ts'
import { examplePictures } from './examples.ts'
import { holm } from './holm.ts'
import { areaSpread, hitsOf, type LevelPasses, levelFigures } from './level-figures.ts'
import { passKey } from './measure-passes.ts'
import type { Dose } from './noisy-pictures.ts'
import type { Pass } from './pass.ts'
import type { Comparison, EntryCurve, LevelFigures, ProtocolReport } from './report-types.ts'
import { type HitTable, resampleIntervals } from './resample.ts'
import { mcnemarExact } from './statistics.ts'
import type { Judged, RobustnessOptions } from './test-robustness.ts'

/** Bootstrap replicates behind every interval, and their seed: enough that its ends move by a twentieth of its width. */
export const BOOTSTRAP = { replicates: 1000, seed: 1 } as const

/** Works the figures of all protocols out from passes that the store holds. */
export async function protocolReports(
  judged: Judged,
  options: Pick<RobustnessOptions, 'protocols' | 'illustration' | 'examples'>,
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
  // The first entry with each other one, at every level.
  const pairs = entries
    .slice(1)
    .flatMap((_, other) =>
      Array.from({ length: steps }, (_, step) => [step, (other + 1) * steps + step] as const),
    )
  const resampled = resampleIntervals(tables, pairs, BOOTSTRAP)
  const figures = passes.map((levels, entry) =>
    levels.map((level, step) => levelFigures(level, pictures, resampled.intervals[entry * steps + step]!)),
  )
  const baseline = figures.at(-1)!
  return {
    curves: figures.map((levels) => curveOf(levels, entries.length > 1 ? baseline : undefined)),
    comparisons: pairs.map(([step, position], pair): Comparison => {
      const against = Math.floor(position / steps)
      const [first, other] = [0, against].map((entry) => passes[entry]![step]!.passes[0]![0]!)
      const [own, theirs] = [first!, other!].map(({ predictions }) => hitsOf(predictions, pictures.labels))
      const onlyFirst = own!.filter((hit, row) => hit > theirs![row]!).length
      const onlyOther = theirs!.filter((hit, row) => hit > own![row]!).length
      const p = mcnemarExact(onlyFirst, onlyOther)
      return {
        against,
        level: passes[0]![step]!.level,
        difference: figures[0]![step]!.accuracy.mean - figures[against]![step]!.accuracy.mean,
        interval: resampled.differences[pair]!,
        mcnemar: { onlyFirst, onlyOther, p, corrected: p },
      }
    }),
  }
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

/** Holm's correction over all comparisons; those without noise, which every protocol repeats, count once. */
function corrected(reports: readonly ProtocolReport[]): ProtocolReport[] {
  const tests = reports.flatMap(({ comparisons }, report) =>
    comparisons.filter(({ level }) => report === 0 || level !== null),
  )
  const values = holm(tests.map(({ mcnemar }) => mcnemar.p))
  const keyOf = (report: number, { against, level }: Comparison) =>
    `${level === null ? 0 : report}|${against}|${level}`
  const byKey = new Map<string, number>()
  let at = 0
  for (const [report, { comparisons }] of reports.entries()) {
    for (const comparison of comparisons) {
      if (report > 0 && comparison.level === null) continue
      byKey.set(keyOf(report, comparison), values[at++]!)
    }
  }
  return reports.map((each, report) => ({
    ...each,
    comparisons: each.comparisons.map((comparison) => ({
      ...comparison,
      mcnemar: { ...comparison.mcnemar, corrected: byKey.get(keyOf(report, comparison))! },
    })),
  }))
}
