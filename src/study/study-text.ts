import { reportText } from '../robustness/index.ts'
import type { StudyResult } from './run-study.ts'

const percent = (fraction: number) => `${(100 * fraction).toFixed(1)} %`

/** A study as Markdown: verdicts, runs, noise. What `study.md` of its folder holds. */
export function studyText({ plan, findings, report }: StudyResult): string {
  const { recipe, architectures, size, seeds } = plan
  const claims = findings.claims.map(({ claim, verdict, because }) => [claim, `**${verdict}**`, because])
  const runs = findings.runs.map((run) => [
    run.architecture,
    String(run.learningRate),
    String(run.seed),
    percent(run.final),
    String(run.epochs),
    String(Math.round(run.seconds)),
    run.epochsToOther === null ? 'never' : String(run.epochsToOther),
  ])
  const best = architectures.map((architecture, at) => `${architecture} ${findings.rates.best[at]}`)
  return [
    `# ${architectures.join(' and ')}, ${plan.study}`,
    `Recipe \`${plan.preset}\` in ${recipe.epochs} epochs, batch ${recipe.batchSize}, ${size} px, training seeds ${seeds.join(', ')}. ` +
      `Data ${report.data.path}, ${report.data.exact} test pictures. Each network's own best rate: ${best.join(', ')}.`,
    '## Verdicts',
    markdown(['claim', 'verdict', 'because'], claims),
    '## Runs',
    'Final: validation accuracy after the last epoch. Close: the first epoch within half a point of it, and the seconds until ' +
      "then; to the other's: the first epoch within half a point of the other network's end, same rate and seed.",
    markdown(['network', 'rate', 'seed', 'final', 'close, epoch', 'seconds', "to the other's"], runs),
    '## Under noise',
    `\`\`\`\n${reportText(report)}\n\`\`\``,
    '',
  ].join('\n\n')
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
