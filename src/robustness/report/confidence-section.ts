import { escapeMarkup } from '../../train/markup.ts'
import type { LevelFigures, ProtocolReport } from '../report-types.ts'
import { bandChart } from './band-chart.ts'
import { calibrationChart } from './calibration-chart.ts'
import { allLevels } from './figures-of-level.ts'
import { htmlFigure } from './html-figure.ts'
import { htmlTable } from './html-table.ts'
import { levelTexts, plainText } from './labels.ts'
import { legend } from './marks.ts'
import { counted, percent, percentage } from './numbers.ts'
import type { Page } from './page.ts'

/** Whether confidence can be trusted: calibration, confidence beside accuracy, agreement, partial labels. Markup. */
export function confidenceSection(page: Page, protocol: ProtocolReport): string {
  return `<h3>Confidence</h3>
${calibrationFigure(page, protocol)}
${calibrationTable(page, protocol)}
${confidenceFigure(page, protocol)}
<h3>Agreement with the answer without noise</h3>
${shareFigure(page, protocol, {
  caption: 'Share of the predictions that equal the model’s own without noise, right or wrong.',
  yLabel: 'agreement',
  pick: ({ agreement }) => agreement,
})}
${partialSection(page, protocol)}`
}

function calibrationFigure({ labels, numbering }: Page, protocol: ProtocolReport): string {
  const { curves, levels } = protocol
  const names = levelTexts(protocol)
  // Without noise, in the middle, and at the worst.
  const shown = [...new Set([0, Math.ceil(levels.length / 2), levels.length])]
  const at = (entry: number, position: number) => allLevels(curves[entry]!)[position]!
  const charts = shown.map((position) => {
    const errors = labels.map(
      (label, entry) => `${label} ${percent(at(entry, position).expectedCalibrationError)}`,
    )
    const chart = calibrationChart(
      labels.map((name, style) => ({ name, style, bins: at(style, position).calibration })),
      `Calibration at ${names[position]}: accuracy against confidence. Expected calibration error: ${errors.join('; ')}.`,
    )
    return `<div><p class="panel">${position === 0 ? names[0] : `level ${names[position]}`}</p>${chart}</div>`
  })
  const rows = shown.flatMap((position) =>
    labels.flatMap((label, entry) =>
      at(entry, position).calibration.flatMap(({ share, confidence, accuracy }, bin, bins) =>
        share > 0
          ? [
              [
                label,
                names[position]!,
                `${percentage(bin / bins.length)}–${percentage((bin + 1) / bins.length)}`,
                percentage(share),
                percentage(confidence),
                percentage(accuracy),
              ],
            ]
          : [],
      ),
    ),
  )
  return htmlFigure({
    ...numbering.figure(),
    caption:
      'Calibration: accuracy of the predictions against their confidence, in bins of equal width; larger markers hold more predictions. On the dashed diagonal a confidence is what it says; below it the model is too sure.',
    drawing: `${legend(labels.map((name, style) => ({ name, style })))}<div class="panels">${charts.join('')}</div>`,
    numbers: {
      head: [
        'entry',
        'level',
        'bin of confidence, %',
        'share of predictions, %',
        'mean confidence, %',
        'accuracy, %',
      ],
      rows,
    },
  })
}

function calibrationTable({ labels, numbering }: Page, protocol: ProtocolReport): string {
  return htmlTable({
    ...numbering.table(),
    caption:
      'Expected calibration error in %: how far accuracy and confidence lie apart, mean over the bins weighted by their predictions.',
    head: ['entry', ...levelTexts(protocol)],
    rows: protocol.curves.map((curve, entry) => [
      labels[entry]!,
      ...allLevels(curve).map(({ expectedCalibrationError }) => percentage(expectedCalibrationError)),
    ]),
  })
}

function confidenceFigure({ labels, numbering }: Page, protocol: ProtocolReport): string {
  const positions = levelTexts(protocol)
  const charts = protocol.curves.map((curve, entry) => {
    const all = allLevels(curve)
    const [first, last] = [all[0]!, all.at(-1)!]
    const chart = bandChart(
      [
        { name: 'mean confidence', style: 1, values: all.map(({ meanConfidence }) => meanConfidence) },
        { name: 'accuracy', style: 0, values: all.map(({ accuracy }) => accuracy.mean) },
      ],
      {
        label: `${labels[entry]}: mean confidence and accuracy. Without noise ${percent(first.meanConfidence)} and ${percent(first.accuracy.mean)}, at the worst level ${percent(last.meanConfidence)} and ${percent(last.accuracy.mean)}.`,
        positions,
        xLabel: plainText(protocol.unit),
        yLabel: '',
        top: 1,
      },
    )
    return `<div><p class="panel">${escapeMarkup(labels[entry]!)}</p>${chart}</div>`
  })
  return htmlFigure({
    ...numbering.figure(),
    caption:
      'Mean confidence beside accuracy, a panel an entry. Where confidence lies above accuracy the model does not notice that it fails.',
    drawing: `${legend([
      { name: 'accuracy', style: 0 },
      { name: 'mean confidence', style: 1 },
    ])}<div class="panels wide">${charts.join('')}</div>`,
    numbers: {
      head: ['entry', 'figure, %', ...positions],
      rows: protocol.curves.flatMap((curve, entry) => [
        [labels[entry]!, 'accuracy', ...allLevels(curve).map(({ accuracy }) => percentage(accuracy.mean))],
        [
          labels[entry]!,
          'mean confidence',
          ...allLevels(curve).map(({ meanConfidence }) => percentage(meanConfidence)),
        ],
      ]),
    },
  })
}

interface ShareFigure {
  readonly caption: string
  readonly yLabel: string
  readonly pick: (figures: LevelFigures) => number | null
}

/** A fraction over the levels, a curve an entry. */
function shareFigure({ labels, numbering }: Page, protocol: ProtocolReport, figure: ShareFigure): string {
  const positions = levelTexts(protocol)
  const series = protocol.curves.map((curve, entry) => ({
    name: labels[entry]!,
    style: entry,
    values: allLevels(curve).map(figure.pick),
  }))
  const told = series.map(({ name, values }) => `${name} ${percent(values.at(-1)!)} at the worst level`)
  return htmlFigure({
    ...numbering.figure(),
    caption: figure.caption,
    drawing: `${legend(series)}${bandChart(series, { label: `${figure.caption} ${told.join('; ')}.`, positions, xLabel: plainText(protocol.unit), yLabel: figure.yLabel, top: 1 })}`,
    numbers: {
      head: ['entry, figures in %', ...positions],
      rows: series.map(({ name, values }) => [name, ...values.map(percentage)]),
    },
  })
}

function partialSection(page: Page, protocol: ProtocolReport): string {
  if (protocol.curves.every((curve) => allLevels(curve).every(({ admitted }) => admitted === null))) return ''
  return `<h3>Partial labels</h3>
${shareFigure(page, protocol, {
  caption: `Of the ${counted(page.report.data.partial, 'picture')} whose label admits several classes, the share whose prediction is one of them.`,
  yLabel: 'admitted',
  pick: ({ admitted }) => admitted,
})}`
}
