import type { LevelFigures, ProtocolReport, RobustnessReport } from '../report-types.ts'
import { allLevels } from './figures-of-level.ts'
import { entryLabels, levelTexts, resampledOver } from './labels.ts'
import { decimal, NOTHING } from './numbers.ts'
import { pictureSizes, resizedAfterNoise } from './picture-sizes.ts'

/** Characters with a meaning in LaTeX, or that its classic fonts lack at their place. */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  _: '\\_',
  '%': '\\%',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': "''",
  '…': '\\ldots{}',
  '–': '--',
  '−': '$-$',
  '±': '$\\pm$',
  '×': '$\\times$',
}

/** Text made safe inside LaTeX. Letters that pdfLaTeX cannot set without packages become question marks. */
export function escapeLatex(text: string): string {
  return [...text]
    .map((character) => ESCAPES[character] ?? (/[ -~À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ]/.test(character) ? character : '?'))
    .join('')
}

/** results.tex: a table for each protocol, to be put into a paper that loads the package booktabs. */
export function reportLatex(report: RobustnessReport): string {
  const tables = report.protocols.map((protocol) => table(report, protocol))
  return `% Made by puregalaxy ${escapeLatex(report.version)}. Needs \\usepackage{booktabs}.\n${tables.join('\n')}`
}

/** Entries side by side; with more, or longer words in their names, a table would be wider than a page of text. */
const MOST_COLUMNS = 5
const LONGEST_LINE = 10

function table(report: RobustnessReport, protocol: ProtocolReport): string {
  const labels = entryLabels(report.entries)
  const numbered = labels.some((label) => label.split(' ').some((word) => [...word].length > LONGEST_LINE))
  const entries = labels.map((label, entry) => ({
    head: numbered ? `(${entry + 1})` : stacked(label),
    curve: protocol.curves[entry]!,
  }))
  const corrupted = entries.some(({ curve }) => curve.meanCorruptionError !== null)
  const rows = levelTexts(protocol).map((level, at) => [
    escapeLatex(level),
    ...entries.map(({ curve }) => accuracyCell(allLevels(curve)[at]!)),
  ])
  const errors = ['mCE', ...entries.map(({ curve }) => escapeLatex(decimal(curve.meanCorruptionError, 1)))]
  const tabulars = Array.from({ length: Math.ceil(entries.length / MOST_COLUMNS) }, (_, group) => {
    const columns = (cells: readonly string[]) => [
      cells[0]!,
      ...cells.slice(1 + group * MOST_COLUMNS, 1 + (group + 1) * MOST_COLUMNS),
    ]
    return tabular(columns(['level', ...entries.map(({ head }) => head)]), [
      rows.map(columns),
      ...(corrupted ? [[columns(errors)]] : []),
    ])
  })
  const told = {
    names: numbered ? labels.map((label, entry) => `(${entry + 1}) ${label}`) : [],
    baseline: corrupted ? labels.at(-1)! : null,
  }
  return `\\begin{table}
  \\centering
  \\small
  \\setlength{\\tabcolsep}{4pt}
  \\setlength{\\emergencystretch}{3em}
  \\renewcommand{\\arraystretch}{1.25}
  \\caption{${caption(report, protocol, told)}}
  \\label{tab:robustness-${protocol.protocol}}
  \\smallskip

${tabulars.join('\n\n  \\medskip\n')}
\\end{table}
`
}

/** A name in lines of a column's width. The braces keep a bracket from being an option of the line's end. */
function stacked(label: string): string {
  const lines: string[] = []
  for (const word of label.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`
    if (lines.length > 0 && [...longer].length <= LONGEST_LINE) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  const escaped = lines.map(escapeLatex)
  return escaped.length === 1 ? escaped[0]! : `\\shortstack{${escaped.join('\\\\{}')}}`
}

/** @param blocks of rows, with a rule between them */
function tabular(head: readonly string[], blocks: readonly (readonly (readonly string[])[])[]): string {
  const line = (cells: readonly string[]) => `    ${cells.join(' & ')} \\\\`
  return `  \\begin{tabular}{l${'c'.repeat(head.length - 1)}}
    \\toprule
${line(head)}
    \\midrule
${blocks.map((rows) => rows.map(line).join('\n')).join('\n    \\midrule\n')}
    \\bottomrule
  \\end{tabular}`
}

/** Accuracy with how far its interval reaches to either side. */
function accuracyCell({ accuracy, interval: [low, high] }: LevelFigures): string {
  const text = decimal(100 * accuracy.mean, 1)
  const reach = (side: number) => decimal(100 * Math.max(0, side), 1)
  return text === NOTHING
    ? '--'
    : `$${text}^{+${reach(high - accuracy.mean)}}_{-${reach(accuracy.mean - low)}}$`
}

function caption(
  report: RobustnessReport,
  protocol: ProtocolReport,
  { names, baseline }: { readonly names: readonly string[]; readonly baseline: string | null },
): string {
  const { data, seeds, entries } = report
  const models = entries.map((entry) => entry.models.length)
  const runs = models.every((count) => count === models[0])
    ? `${models[0]} training run${models[0] === 1 ? '' : 's'} per entry`
    : `${models.join(', ')} training runs per entry, in their order`
  return [
    ...(protocol.illustration ? ['\\textbf{Illustration, not a measurement.}'] : []),
    `Accuracy in \\% under noise of protocol \\texttt{${protocol.protocol}} (levels: ${escapeLatex(protocol.unit)}),`,
    `with the ends of the 95\\,\\% interval (bootstrap over ${resampledOver(report)}).`,
    ...(names.length === 0 ? [] : [`Entries: ${names.map(escapeLatex).join('; ')}.`]),
    sizes(report, protocol),
    `${data.exact} pictures with an exact label, ${seeds.length} noise seed${seeds.length === 1 ? '' : 's'}, ${runs}.`,
    ...(baseline === null
      ? []
      : [
          `mCE: mean corruption error relative to ${escapeLatex(baseline)} (100); below 100 means fewer errors.`,
        ]),
  ].join(' ')
}

function sizes(report: RobustnessReport, { protocol }: ProtocolReport): string {
  const latex = (size: string) => size.replaceAll('\u00a0', '').replace('×', '$\\times$')
  const { stored, seen } = pictureSizes(report)
  return resizedAfterNoise(report, protocol)
    ? `Noise drawn on pictures of ${latex(stored)} pixels, resized to ${latex(seen)} after it.`
    : `Pictures of ${latex(seen)} pixels.`
}
