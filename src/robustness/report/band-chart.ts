import type { Interval } from '../../train/evaluation-types.ts'
import { niceTicks } from '../../train/line-chart.ts'
import { escapeMarkup } from '../../train/markup.ts'
import { at, colour, lineStyle, marker } from './marks.ts'
import { percent, percentage } from './numbers.ts'

/** A curve over the levels; a value of null leaves a gap. Fractions, 0 to 1. */
export interface BandSeries {
  readonly name: string
  /** Position of its colour, dash and marker. */
  readonly style: number
  readonly values: readonly (number | null)[]
  /** What surrounds the curve: an interval at each level. */
  readonly band?: readonly Interval[]
  /** Thin lines beside it: the models that it is the mean of. */
  readonly members?: readonly (readonly number[])[]
}

export interface BandChartOptions {
  /** Text alternative: what the figure shows. */
  readonly label: string
  /** Under each position, from left to right. */
  readonly positions: readonly string[]
  readonly xLabel: string
  readonly yLabel: string
  /** Where the vertical axis ends at least, 0 to 1. It begins at 0. */
  readonly top: number
  /** Of a level line across the chart, which the legend explains. */
  readonly reference?: number
}

const WIDTH = 560
const HEIGHT = 330
const MARGIN = { left: 68, right: 20, top: 38, bottom: 62 }
/** What a character takes at most in the largest type of a chart, that of narrow pages; and room between labels. */
const CHARACTER = 10
const GAP = 8

/** Curves with their intervals over levels of noise, evenly spaced whatever their values. Inline SVG. */
export function bandChart(series: readonly BandSeries[], options: BandChartOptions): string {
  const { label, positions, xLabel, yLabel, reference } = options
  const ticks = niceTicks(0, Math.min(1, options.top))
  const top = ticks.at(-1)!
  const [right, bottom] = [WIDTH - MARGIN.right, HEIGHT - MARGIN.bottom]
  const step = (right - MARGIN.left) / positions.length
  const toX = (position: number) => MARGIN.left + (position + 0.5) * step
  const toY = (value: number) => bottom - (Math.min(value, top) / top) * (bottom - MARGIN.top)

  const grid = ticks.map(
    (tick) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${at(toY(tick))}" y2="${at(toY(tick))}"/><text x="${MARGIN.left - 8}" y="${at(toY(tick) + 4.5)}" text-anchor="end">${Math.round(100 * tick)}\u00a0%</text>`,
  )
  let free = 0
  const names = positions.map((text, position) => {
    const half = (CHARACTER * [...text].length) / 2
    // A label that would run into the one before it is left out.
    if (toX(position) - half < free) return ''
    free = toX(position) + half + GAP
    return `<text x="${at(toX(position))}" y="${bottom + 26}" text-anchor="middle">${escapeMarkup(text)}</text>`
  })
  const bands = series.flatMap(({ band, style }) => {
    if (band === undefined) return []
    const corners = [
      ...band.map(([, high], position) => [toX(position), toY(high)] as const),
      ...band.map(([low], position) => [toX(position), toY(low)] as const).reverse(),
    ]
    return `<polygon class="band" style="fill: ${colour(style)}" points="${corners.map(([x, y]) => `${at(x)},${at(y)}`).join(' ')}"/>`
  })
  const members = series.flatMap(({ members: lines = [], style }) =>
    lines.map((values) => polyline(values, toX, toY, `class="member" style="stroke: ${colour(style)}"`)),
  )
  const curves = series.map(({ values, style }) =>
    polyline(values, toX, toY, `class="curve" ${lineStyle(style)}`),
  )
  const markers = series.flatMap(({ name, values, band, style }) =>
    values.map((value, position) => {
      if (value === null || !Number.isFinite(value)) return ''
      const interval = band?.[position]
      const ends =
        interval === undefined ? '' : `, 95 % interval ${percentage(interval[0])}–${percentage(interval[1])}`
      return marker(
        style,
        toX(position),
        toY(value),
        4,
        `${name}, ${positions[position]}: ${percent(value)}${ends}`,
      )
    }),
  )
  const line =
    reference === undefined
      ? ''
      : `<line class="reference" x1="${MARGIN.left}" x2="${right}" y1="${at(toY(reference))}" y2="${at(toY(reference))}"/>`
  return `<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeMarkup(label)}">
${[...grid, ...names, ...bands, line, ...members, ...curves, ...markers].filter(Boolean).join('\n')}
<text class="axis" x="${MARGIN.left - 60}" y="16">${escapeMarkup(yLabel)}</text>
<text class="axis" x="${at((MARGIN.left + right) / 2)}" y="${HEIGHT - 10}" text-anchor="middle">${escapeMarkup(xLabel)}</text>
</svg>`
}

/** One line for each run of values without a gap. */
function polyline(
  values: readonly (number | null)[],
  toX: (position: number) => number,
  toY: (value: number) => number,
  attributes: string,
): string {
  const runs: string[][] = [[]]
  for (const [position, value] of values.entries()) {
    if (value === null || !Number.isFinite(value)) runs.push([])
    else runs.at(-1)!.push(`${at(toX(position))},${at(toY(value))}`)
  }
  return runs
    .filter(({ length }) => length > 1)
    .map((points) => `<polyline ${attributes} points="${points.join(' ')}"/>`)
    .join('')
}
