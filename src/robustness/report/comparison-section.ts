import type { ProtocolReport } from '../report-types.ts'
import { htmlTable } from './html-table.ts'
import { levelText, resampledOver } from './labels.ts'
import { count, percentages, points, probability } from './numbers.ts'
import type { Page } from './page.ts'
import { relativeVerdict, SIGNIFICANCE, verdict } from './verdict.ts'

/** Paired tests of the first entry with each other one; nothing where there is no other. Markup. */
export function comparisonSection({ report, labels, numbering }: Page, protocol: ProtocolReport): string {
  if (protocol.comparisons.length === 0) return ''
  const words = {
    better: 'first more accurate',
    worse: 'other more accurate',
    'no difference': 'no difference seen',
    mixed: 'test and interval disagree',
  }
  const table = htmlTable({
    ...numbering.table(),
    caption: `${labels[0]} (first) against each other entry. Difference of accuracy in points, with its 95 % interval (paired bootstrap over ${resampledOver(report)}); McNemar’s exact test on the first model of each entry and the first noise seed, from the pictures that only one of the two got right; p corrected by Holm over all comparisons of the report. A difference counts where the corrected p is below ${SIGNIFICANCE} and the interval agrees.`,
    head: [
      'against',
      'level',
      'difference',
      '95 % interval',
      'only first right',
      'only other right',
      'p',
      'corrected p',
      'reading',
    ],
    rows: protocol.comparisons.map((comparison) => {
      const { against, level, difference, interval, mcnemar } = comparison
      return [
        labels[against]!,
        levelText(protocol.protocol, level),
        points(difference),
        percentages(interval),
        count(mcnemar.onlyFirst),
        count(mcnemar.onlyOther),
        probability(mcnemar.p),
        probability(mcnemar.corrected),
        words[verdict(comparison)],
      ]
    }),
  })
  return `<h3>Paired comparison</h3>\n${table}\n${relativeTable({ report, labels, numbering }, protocol)}`
}

/** Whether the first entry keeps more or less of its own accuracy than each other one. */
function relativeTable({ report, labels, numbering }: Page, protocol: ProtocolReport): string {
  const words = { more: 'first keeps more', less: 'other keeps more', 'no difference': 'no difference seen' }
  const rows = protocol.comparisons.flatMap(({ against, level, relative }) =>
    relative === null
      ? []
      : [
          [
            labels[against]!,
            levelText(protocol.protocol, level),
            points(relative.difference),
            percentages(relative.interval),
            probability(relative.p),
            probability(relative.corrected),
            words[relativeVerdict(relative)],
          ],
        ],
  )
  if (rows.length === 0) return ''
  return htmlTable({
    ...numbering.table(),
    caption: `The same of relative accuracy, which tells how much of its own accuracy without noise an entry keeps: difference in points, its 95 % interval, and p by the same bootstrap (two-sided, at least ${probability(2 / (1 + report.bootstrap.replicates))}), corrected by Holm over all comparisons of relative accuracy. A difference counts where the corrected p is below ${SIGNIFICANCE} and the interval excludes 0.`,
    head: ['against', 'level', 'difference', '95 % interval', 'p', 'corrected p', 'reading'],
    rows,
  })
}
