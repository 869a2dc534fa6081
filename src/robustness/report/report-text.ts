import type { LevelFigures, ProtocolReport, RobustnessReport } from '../report-types.ts'
import { allLevels } from './figures-of-level.ts'
import { entryLabels, levelText, levelTexts, PROTOCOL_TITLES, plainText, resampledOver } from './labels.ts'
import { decimal, NOTHING, percentage, points, probability } from './numbers.ts'

/** Names are cut to this in the terminal, which has 80 columns or more. */
const LONGEST_NAME = 24

/** The report as tables for a terminal: a block a protocol, a line an entry, a column a level. */
export function reportText(report: RobustnessReport): string {
  const { data, seeds } = report
  const names = entryLabels(report.entries, LONGEST_NAME)
  const notes = [
    `${data.exact} pictures with an exact label, ${seeds.length} noise seed${seeds.length === 1 ? '' : 's'}. Accuracies in %, ± half a 95 % interval (bootstrap over`,
    `${resampledOver(report)}).`,
    ...(names.length > 1
      ? [
          `mCE: mean corruption error against ${names.at(-1)}; below 100 means fewer errors. p: McNemar's exact test`,
          'on the first models and the first seed, of relative accuracies by the bootstrap, each after Holm’s',
          'correction over all comparisons; from 0.05 on, no difference that this test can see.',
        ]
      : []),
  ]
  return `${report.protocols.map((protocol) => block(protocol, names)).join('\n\n')}\n\n${notes.join('\n')}`
}

function block(report: ProtocolReport, names: readonly string[]): string {
  const { curves, comparisons, protocol } = report
  const corrupted = curves.some(({ meanCorruptionError }) => meanCorruptionError !== null)
  const line = (name: string, cell: (figures: LevelFigures) => string, entry: number) => [
    `  ${name}`,
    ...allLevels(curves[entry]!).map(cell),
  ]
  const group = (title: string, cell: (figures: LevelFigures) => string) => [
    [title],
    ...names.map((name, entry) => line(name, cell, entry)),
  ]
  const partial = curves.some(({ clean }) => clean.admitted !== null)
  const rows = [
    ['', ...levelTexts(report), 'area', ...(corrupted ? ['mCE'] : [])],
    ['accuracy'],
    ...names.map((name, entry) => [
      ...line(name, accuracyCell, entry),
      percentage(curves[entry]!.area.mean),
      ...(corrupted ? [decimal(curves[entry]!.meanCorruptionError, 1)] : []),
    ]),
    ...group('relative accuracy', ({ relativeAccuracy }) => percentage(relativeAccuracy)),
    ...group('expected calibration error', (figures) => percentage(figures.expectedCalibrationError)),
    ...(partial ? group('admitted, partial labels', ({ admitted }) => percentage(admitted)) : []),
    ...names.flatMap((name, against) => {
      const those = comparisons.filter((comparison) => comparison.against === against)
      if (those.length === 0) return []
      const at = (level: number | null) => those.find((comparison) => comparison.level === level)
      const cells = [null, ...report.levels].map(at)
      return [
        [`${names[0]} − ${name}`],
        ['  points', ...cells.map((found) => (found ? points(found.difference) : NOTHING))],
        ['  corrected p', ...cells.map((found) => (found ? probability(found.mcnemar.corrected) : NOTHING))],
        [
          '  relative, points',
          ...cells.map((found) => (found?.relative ? points(found.relative.difference) : NOTHING)),
        ],
        [
          '  corrected p',
          ...cells.map((found) => (found?.relative ? probability(found.relative.corrected) : NOTHING)),
        ],
      ]
    }),
  ]
  const warning = report.illustration
    ? '\nIllustration, not a measurement: the pictures do not have the survey’s stretch.'
    : ''
  const worst = levelText(protocol, report.levels.at(-1)!)
  return `${PROTOCOL_TITLES[protocol]}: ${plainText(report.unit)}, down to ${worst}${warning}\n${aligned(rows)}`
}

function accuracyCell({ accuracy, interval: [low, high] }: LevelFigures): string {
  return `${percentage(accuracy.mean)} ± ${decimal(50 * (high - low), 1)}`
}

/** Columns side by side, the first left and the others right. A row of one cell is a heading and widens nothing. */
function aligned(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]!.map((_, column) =>
    Math.max(0, ...rows.filter(({ length }) => length > 1).map((row) => [...(row[column] ?? '')].length)),
  )
  const cell = (text: string, column: number) => {
    const space = ' '.repeat(Math.max(0, columns[column]! - [...text].length))
    return column === 0 ? `${text}${space}` : `${space}${text}`
  }
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n')
}
