import type { ProtocolReport } from '../report-types.ts'
import { allLevels } from './figures-of-level.ts'
import { heatMap } from './heat-map.ts'
import { disclosure, htmlTable } from './html-table.ts'
import { levelTexts, shortened } from './labels.ts'
import { count, percentage } from './numbers.ts'
import type { Page } from './page.ts'

/** More classes fill pages: they open at a click. */
const MOST_CLASSES = 24

/** Recall of each class at each level, an entry after the other, and macro-F1. Markup. */
export function classSection({ report, labels, numbering }: Page, protocol: ProtocolReport): string {
  const { classes, support } = report.data
  const maps = protocol.curves.map((curve, entry) =>
    heatMap({
      ...numbering.table(),
      caption: `${labels[entry]}: recall of each class in %, of n pictures; a stronger shade is more.`,
      head: ['class', 'n', ...levelTexts(protocol)],
      rows: classes.names.map((name, k) => ({
        name: shortened(name),
        leading: [count(support[k] ?? 0)],
        values: allLevels(curve).map(({ recall }) => recall[k] ?? null),
      })),
    }),
  )
  const grid = `<div class="pair">${maps.join('\n')}</div>`
  const macro = htmlTable({
    ...numbering.table(),
    caption: 'Macro-F1 in %: mean F1 over the classes that occur, whatever their size.',
    head: ['entry', ...levelTexts(protocol)],
    rows: protocol.curves.map((curve, entry) => [
      labels[entry]!,
      ...allLevels(curve).map(({ macroF1 }) => percentage(macroF1)),
    ]),
  })
  return `<h3>Classes</h3>
${classes.names.length > MOST_CLASSES ? disclosure(`Recall of the ${count(classes.names.length)} classes`, grid) : grid}
${macro}`
}
