import type { LevelResult, ModelRobustness, RobustnessResult } from './result-types.ts'

const COLUMNS = ['model', 'level', 'accuracy', 'low', 'high', 'relative_accuracy', 'ece', 'seeds'] as const

/** The result as CSV: a row a model and level; the level of the pictures as they are is empty. */
export function robustnessCsv(result: RobustnessResult): string {
  const rows = modelsOf(result).flatMap(({ model, clean, levels }) =>
    [clean, ...levels].map(({ level, accuracy, interval, relativeAccuracy, ece, perSeed }) =>
      [model, level, accuracy, interval?.[0], interval?.[1], relativeAccuracy, ece, perSeed.length]
        .map((value) => quoted(value ?? ''))
        .join(','),
    ),
  )
  return `${[COLUMNS.join(','), ...rows].join('\n')}\n`
}

/** The result as a text table for a terminal: a line a level. */
export function robustnessTable(result: RobustnessResult): string {
  const models = modelsOf(result)
  const head = [result.unit, ...models.flatMap(({ model }) => [shortened(model), 'relative', 'ECE'])]
  if (result.paired !== null) head.push('difference', 'McNemar p')
  const lines = [result.model.clean, ...result.model.levels].map(({ level }, position) => {
    const cells = [level === null ? 'no noise' : String(level)]
    for (const { clean, levels } of models) cells.push(...levelCells([clean, ...levels][position]!))
    const paired = result.paired?.[position]
    if (paired !== undefined) cells.push(signed(100 * paired.difference), paired.mcnemar.p.toPrecision(2))
    return cells
  })
  const notes = [
    `${result.n} pictures with an exact label, ${result.seeds.length} noise seed${result.seeds.length === 1 ? '' : 's'}; accuracies in %, ± half a 95 % interval over the seeds`,
  ]
  if (result.meanCorruptionError !== null)
    notes.push(
      `mean corruption error against the second model: ${result.meanCorruptionError.toFixed(1)} (below 100: fewer errors)`,
    )
  return `${aligned([head, ...lines])}\n${notes.join('\n')}`
}

function modelsOf({ model, against }: RobustnessResult): ModelRobustness[] {
  return against === null ? [model] : [model, against]
}

function levelCells({ accuracy, interval, relativeAccuracy, ece }: LevelResult): string[] {
  const half = interval === null ? '' : ` ± ${(50 * (interval[1] - interval[0])).toFixed(1)}`
  return [
    `${(100 * accuracy).toFixed(1)}${half}`,
    relativeAccuracy === null ? '–' : relativeAccuracy.toFixed(2),
    ece.toFixed(3),
  ]
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`
}

/** The end of a path, which tells runs apart. */
function shortened(name: string): string {
  const parts = name.split('/')
  return parts.length <= 2 ? name : `…/${parts.slice(-2).join('/')}`
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join('  ')).join('\n')
}

function quoted(value: string | number): string {
  const text = String(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
