import type { LevelFigures, ProtocolReport, RobustnessReport } from '../report-types.ts'
import { allLevels } from './figures-of-level.ts'
import { entryLabels, levelTexts, resampledOver } from './labels.ts'
import { decimal, NOTHING } from './numbers.ts'

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

function table(report: RobustnessReport, protocol: ProtocolReport): string {
  const labels = entryLabels(report.entries)
  const corrupted = protocol.curves.some(({ meanCorruptionError }) => meanCorruptionError !== null)
  const head = ['', ...levelTexts(protocol), ...(corrupted ? ['mCE'] : [])]
  const rows = protocol.curves.map((curve, entry) => [
    escapeLatex(labels[entry]!),
    ...allLevels(curve).map(accuracyCell),
    ...(corrupted ? [escapeLatex(decimal(curve.meanCorruptionError, 1))] : []),
  ])
  return `\\begin{table}
  \\centering
  \\small
  \\setlength{\\tabcolsep}{4pt}
  \\caption{${caption(report, protocol, corrupted ? labels.at(-1)! : null)}}
  \\label{tab:robustness-${protocol.protocol}}
  \\begin{tabular}{l${'r'.repeat(head.length - 1)}}
    \\toprule
    ${head.map(escapeLatex).join(' & ')} \\\\
    \\midrule
${rows.map((cells) => `    ${cells.join(' & ')} \\\\`).join('\n')}
    \\bottomrule
  \\end{tabular}
\\end{table}
`
}

/** Half the interval, because a table has no room for both ends; they are in results.csv. */
function accuracyCell({ accuracy, interval: [low, high] }: LevelFigures): string {
  const text = decimal(100 * accuracy.mean, 1)
  return text === NOTHING ? '--' : `$${text} \\pm ${decimal(50 * (high - low), 1)}$`
}

function caption(report: RobustnessReport, protocol: ProtocolReport, baseline: string | null): string {
  const { data, seeds, entries } = report
  const models = entries.map((entry) => entry.models.length)
  const runs = models.every((count) => count === models[0])
    ? `${models[0]} training run${models[0] === 1 ? '' : 's'} per entry`
    : `${models.join(', ')} training runs per entry, in their order`
  return [
    ...(protocol.illustration ? ['\\textbf{Illustration, not a measurement.}'] : []),
    `Accuracy in \\% under noise of protocol \\texttt{${protocol.protocol}} (levels: ${escapeLatex(protocol.unit)}),`,
    `$\\pm$ half the width of the 95\\,\\% interval (bootstrap over ${resampledOver(report)}).`,
    `${data.exact} pictures with an exact label, ${seeds.length} noise seed${seeds.length === 1 ? '' : 's'}, ${runs}.`,
    ...(baseline === null
      ? []
      : [
          `mCE: mean corruption error relative to ${escapeLatex(baseline)} (100); below 100 means fewer errors.`,
        ]),
  ].join(' ')
}
