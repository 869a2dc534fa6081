import { niceTicks } from '../../train/line-chart.ts'
import { escapeMarkup } from '../../train/markup.ts'
import { at, colour } from './marks.ts'

/** Product units side by side: where each lies without noise, and at the worst level. */
export interface UnitRange {
  readonly name: string
  readonly clean: readonly [low: number, high: number]
  readonly worst: readonly [low: number, high: number]
}

export interface UnitChartOptions {
  /** Text alternative: what the figure shows. */
  readonly label: string
  readonly yLabel: string
  readonly format: (value: number) => string
  /** Values that the vertical axis covers at least. */
  readonly within: readonly [low: number, high: number]
}

const WIDTH = 560
const HEIGHT = 260
const MARGIN = { left: 68, right: 12, top: 38, bottom: 56 }
const MOST_LABELS = 18

/** A pair of bars a unit, from low to high; a dot where both are one value. Without noise left, under noise right. Inline SVG. */
export function unitChart(units: readonly UnitRange[], options: UnitChartOptions): string {
  const finite = [...units.flatMap(({ clean, worst }) => [...clean, ...worst]), ...options.within].filter(
    Number.isFinite,
  )
  const ticks = niceTicks(Math.min(...finite), Math.max(...finite))
  const [low, high] = [ticks[0]!, ticks.at(-1)!]
  const [right, bottom] = [WIDTH - MARGIN.right, HEIGHT - MARGIN.bottom]
  const step = (right - MARGIN.left) / units.length
  const toY = (value: number) =>
    bottom - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (bottom - MARGIN.top)
  const grid = ticks.map(
    (tick) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${at(toY(tick))}" y2="${at(toY(tick))}"/><text x="${MARGIN.left - 8}" y="${at(toY(tick) + 4.5)}" text-anchor="end">${escapeMarkup(options.format(tick))}</text>`,
  )
  const every = Math.ceil(units.length / MOST_LABELS)
  const gap = Math.min(5, step / 5)
  const bars = units.map(({ name, clean, worst }, index) => {
    const middle = MARGIN.left + (index + 0.5) * step
    const tip = [clean, worst].map((ends) => [...new Set(ends)].map(options.format).join(' to ')).join(' → ')
    const number =
      index % every === 0
        ? `<text x="${at(middle)}" y="${bottom + 25}" text-anchor="middle">${index + 1}</text>`
        : ''
    return `<g><title>${escapeMarkup(`${name}: ${tip}`)}</title>${range(clean, middle - gap, 0, toY)}${range(worst, middle + gap, 1, toY)}</g>${number}`
  })
  return `<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeMarkup(options.label)}">
${[...grid, ...bars].join('\n')}
<text class="axis" x="8" y="16">${escapeMarkup(options.yLabel)}</text>
<text class="axis" x="${at((MARGIN.left + right) / 2)}" y="${HEIGHT - 8}" text-anchor="middle">product unit, from input to output</text>
</svg>`
}

/** Without noise a bar or round dot, under noise a hollow bar or square: told apart without colour. */
function range(
  [low, high]: readonly [number, number],
  x: number,
  style: 0 | 1,
  toY: (value: number) => number,
): string {
  const shown = style === 0 ? `style="fill: ${colour(0)}"` : `class="hollow" style="stroke: ${colour(1)}"`
  if (Number.isNaN(low) || Number.isNaN(high)) return ''
  const height = toY(low) - toY(high)
  if (height >= 1)
    return `<rect ${shown} x="${at(x - 3)}" y="${at(toY(high))}" width="6" height="${at(height)}"/>`
  return style === 0
    ? `<circle ${shown} cx="${at(x)}" cy="${at(toY(low))}" r="4"/>`
    : `<rect ${shown} x="${at(x - 3.5)}" y="${at(toY(low) - 3.5)}" width="7" height="7"/>`
}
