import { escapeMarkup } from '../../train/markup.ts'
import type { CalibrationBin } from '../report-types.ts'
import { at, lineStyle, marker } from './marks.ts'
import { percent } from './numbers.ts'

export interface CalibrationSeries {
  readonly name: string
  /** Position of its colour, dash and marker. */
  readonly style: number
  readonly bins: readonly CalibrationBin[]
}

const SIDE = 320
const MARGIN = { left: 56, right: 14, top: 34, bottom: 56 }
const LARGEST_MARKER = 11
const SMALLEST_MARKER = 2.5

/**
 * Accuracy against confidence, a marker a bin; its area grows with the bin's share of the predictions. On the diagonal
 * confidence is what it says; below it is too high. Inline SVG.
 *
 * @param label text alternative
 */
export function calibrationChart(series: readonly CalibrationSeries[], label: string): string {
  const [right, bottom] = [SIDE - MARGIN.right, SIDE - MARGIN.bottom]
  const toX = (value: number) => MARGIN.left + value * (right - MARGIN.left)
  const toY = (value: number) => bottom - value * (bottom - MARGIN.top)
  const ticks = [0, 0.5, 1].map(
    (tick) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${at(toY(tick))}" y2="${at(toY(tick))}"/><text x="${MARGIN.left - 8}" y="${at(toY(tick) + 4.5)}" text-anchor="end">${100 * tick}\u00a0%</text><text x="${at(toX(tick))}" y="${bottom + 25}" text-anchor="${tick === 1 ? 'end' : 'middle'}">${100 * tick}\u00a0%</text>`,
  )
  const curves = series.flatMap(({ name, style, bins }) => {
    const filled = bins.flatMap(({ share, confidence, accuracy }) =>
      share > 0 && confidence !== null && accuracy !== null ? [{ share, confidence, accuracy }] : [],
    )
    const path = filled.map(({ confidence, accuracy }) => `${at(toX(confidence))},${at(toY(accuracy))}`)
    return [
      `<polyline class="curve fine" ${lineStyle(style)} points="${path.join(' ')}"/>`,
      ...filled.map(({ share, confidence, accuracy }) =>
        marker(
          style,
          toX(confidence),
          toY(accuracy),
          Math.max(SMALLEST_MARKER, LARGEST_MARKER * Math.sqrt(share)),
          `${name}: confidence ${percent(confidence)}, accuracy ${percent(accuracy)}, ${percent(share)} of the predictions`,
        ),
      ),
    ]
  })
  return `<svg class="square" viewBox="0 0 ${SIDE} ${SIDE}" role="img" aria-label="${escapeMarkup(label)}">
${ticks.join('\n')}
<line class="reference" x1="${at(toX(0))}" y1="${at(toY(0))}" x2="${at(toX(1))}" y2="${at(toY(1))}"/>
${curves.join('\n')}
<text class="axis" x="6" y="16">accuracy</text>
<text class="axis" x="${at((MARGIN.left + right) / 2)}" y="${SIDE - 8}" text-anchor="middle">confidence</text>
</svg>`
}
