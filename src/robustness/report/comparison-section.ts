import type { ProtocolReport } from '../report-types.ts'
import { htmlTable } from './html-table.ts'
import { levelText, resampledOver } from './labels.ts'
import { count, percentages, points, probability } from './numbers.ts'
import type { Page } from './page.ts'
import { SIGNIFICANCE, verdict } from './verdict.ts'

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
  return `<h3>Paired comparison</h3>\n${table}`
}
