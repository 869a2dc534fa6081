import type { ProtocolReport } from '../report-types.ts'
import { bandChart } from './band-chart.ts'
import { allLevels, commonestShare } from './figures-of-level.ts'
import { htmlFigure } from './html-figure.ts'
import { type Cell, htmlTable } from './html-table.ts'
import { levelTexts, PROTOCOL_TITLES, plainText, resampledOver, shortened } from './labels.ts'
import { legend } from './marks.ts'
import { decimal, percent, percentage, percentages } from './numbers.ts'
import type { Page } from './page.ts'

/** Accuracy against noise: the chart, the table of it, and what is derived from accuracy. Markup. */
export function accuracySection(page: Page, protocol: ProtocolReport): string {
  return `<h3>Accuracy</h3>
${accuracyFigure(page, protocol)}
${accuracyTable(page, protocol)}
${derivedTable(page, protocol)}`
}

function accuracyFigure(page: Page, protocol: ProtocolReport): string {
  const { report, labels, numbering } = page
  const share = commonestShare(report.data)
  const several = report.entries.some(({ models }) => models.length > 1)
  const series = protocol.curves.map((curve, entry) => ({
    name: labels[entry]!,
    style: entry,
    values: allLevels(curve).map(({ accuracy }) => accuracy.mean),
    band: allLevels(curve).map(({ interval }) => interval),
    members: membersOf(page, protocol, entry),
  }))
  const told = series.map(
    ({ name, values }) => `${name} from ${percent(values[0]!)} to ${percent(values.at(-1)!)}`,
  )
  const drawing = bandChart(series, {
    label: `${PROTOCOL_TITLES[protocol.protocol]}: accuracy without noise and at each level, from the mildest to the worst. ${told.join('; ')}.${share === null ? '' : ` Always naming the commonest class would reach ${percent(share)}.`}`,
    positions: levelTexts(protocol),
    xLabel: plainText(protocol.unit),
    yLabel: 'accuracy',
    // One scale for all protocols, so that their charts compare.
    top: Math.max(
      ...report.protocols
        .flatMap(({ curves }) => curves.flatMap(allLevels))
        .map(({ interval }) => interval[1]),
    ),
    ...(share === null ? {} : { reference: share }),
  })
  const numbers = {
    head: ['model', ...levelTexts(protocol)],
    rows: report.entries.flatMap((_, entry) => modelRows(page, protocol, entry)),
  }
  return htmlFigure({
    ...numbering.figure(),
    caption: `Accuracy against noise. Bands are 95 % intervals (bootstrap over ${resampledOver(report)})${several ? '; thin lines are the single models of an entry, the thick line is their mean' : ''}. Levels are evenly spaced, from mild to strong; the numbers are in the table that follows.`,
    drawing: `${legend(series, share === null ? undefined : `always the commonest class, ${percent(share)}`)}${drawing}`,
    ...(several ? { numbers } : {}),
  })
}

/** Accuracy of each model at each level; none where an entry has one model, which its curve shows. */
function membersOf({ report }: Page, { curves }: ProtocolReport, entry: number): number[][] {
  const { models } = report.entries[entry]!
  if (models.length < 2) return []
  return models.map((_, model) => allLevels(curves[entry]!).map(({ accuracy }) => accuracy.perModel[model]!))
}

function modelRows(page: Page, protocol: ProtocolReport, entry: number): Cell[][] {
  const { report, labels } = page
  const deviations = allLevels(protocol.curves[entry]!).map(({ accuracy }) => accuracy.deviation)
  return [
    ...membersOf(page, protocol, entry).map((values, model) => [
      `${labels[entry]}: ${shortened(report.entries[entry]!.models[model]!.name)}`,
      ...values.map(percentage),
    ]),
    ...(deviations[0] === null
      ? []
      : [[`${labels[entry]}: standard deviation`, ...deviations.map(percentage)]]),
  ]
}

function accuracyTable({ report, labels, numbering }: Page, protocol: ProtocolReport): string {
  return htmlTable({
    ...numbering.table(),
    caption: `Accuracy in %, mean over models and noise seeds; below it the 95 % interval (bootstrap over ${resampledOver(report)}; ${report.data.exact} pictures).`,
    head: ['entry', ...levelTexts(protocol)],
    rows: protocol.curves.map((curve, entry) => [
      labels[entry]!,
      ...allLevels(curve).map(({ accuracy, interval }) => ({
        text: percentage(accuracy.mean),
        below: percentages(interval),
      })),
    ]),
  })
}

function derivedTable({ report, labels, numbering }: Page, protocol: ProtocolReport): string {
  const { curves } = protocol
  const corrupted = curves.some(({ meanCorruptionError }) => meanCorruptionError !== null)
  const baseline = corrupted
    ? ` Mean corruption error: sum of errors over the levels relative to ${labels.at(-1)} (100); below 100 means fewer errors.`
    : ''
  return htmlTable({
    ...numbering.table(),
    caption: `Accuracy relative to that without noise, in %; below it the 95 % interval (bootstrap over ${resampledOver(report)}).${baseline} Area: mean height of the accuracy curve, in %${curves.some(({ area }) => area.deviation !== null) ? ', ± standard deviation over models' : ''}.`,
    head: [
      'entry',
      ...levelTexts(protocol).slice(1),
      ...(corrupted ? ['mean corruption error'] : []),
      'area',
    ],
    rows: curves.map(({ levels, meanCorruptionError, area }, entry) => [
      labels[entry]!,
      ...levels.map(({ relativeAccuracy, relativeInterval }) => ({
        text: percentage(relativeAccuracy),
        ...(relativeInterval === null ? {} : { below: percentages(relativeInterval) }),
      })),
      ...(corrupted ? [decimal(meanCorruptionError, 1)] : []),
      `${percentage(area.mean)}${area.deviation === null ? '' : ` ± ${percentage(area.deviation)}`}`,
    ]),
  })
}
