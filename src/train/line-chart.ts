import { escapeMarkup } from './markup.ts'
import { median } from './metrics.ts'

/** A curve; points whose value is not finite are left out. */
export interface ChartSeries {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface ChartOptions {
  readonly title: string
  readonly xLabel: string
  /** Values as percentages. */
  readonly percent?: boolean
}

const WIDTH = 720
const HEIGHT = 300
const MARGIN = { left: 64, right: 16, top: 36, bottom: 44 }
const TICKS = 5
/** Curves with more points are thinned: a screen shows no more. */
const MOST_POINTS = 1000
/** A peak this many times the median would flatten the rest: the axis ends at a fifth of it and the curve leaves the frame. */
const PEAK = 20

/** Draws curves over a common x axis as inline SVG; colours are those of the page (`--curve-0` …). */
export function lineChart(
  series: readonly ChartSeries[],
  { title, xLabel, percent = false }: ChartOptions,
): string {
  const drawn = series.map(({ name, points }) => ({
    name,
    points: thinned(points.filter(([, y]) => Number.isFinite(y))),
  }))
  const all = drawn.flatMap(({ points }) => points)
  if (all.length === 0) return ''
  const xTop = Math.max(...all.map(([x]) => x))
  const xBottom = Math.min(0, ...all.map(([x]) => x))
  const yTicks = niceTicks(0, percent ? 1 : upperLimit(all.map(([, y]) => y)))
  const yTop = yTicks.at(-1)!
  const right = WIDTH - MARGIN.right
  const bottom = HEIGHT - MARGIN.bottom
  const toX = (x: number) => MARGIN.left + ((x - xBottom) / (xTop - xBottom || 1)) * (right - MARGIN.left)
  const toY = (y: number) => bottom - (Math.min(y, yTop) / yTop) * (bottom - MARGIN.top)
  const text = (x: number, y: number, anchor: string, content: string) =>
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escapeMarkup(content)}</text>`

  const grid = yTicks.flatMap((tick) => [
    `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${toY(tick).toFixed(1)}" y2="${toY(tick).toFixed(1)}"/>`,
    text(MARGIN.left - 8, toY(tick) + 4, 'end', percent ? `${Math.round(100 * tick)} %` : shortNumber(tick)),
  ])
  const xAxis = niceTicks(xBottom, xTop)
    .filter((tick) => tick <= xTop)
    .map((tick) => text(toX(tick), bottom + 18, 'middle', shortNumber(tick)))
  const curves = drawn.map(({ points }, index) => {
    const path = points.map(([x, y]) => `${toX(x).toFixed(1)},${toY(y).toFixed(1)}`)
    // A single point has no line: a dot shows it.
    const [only] = points.length === 1 ? points : []
    return only === undefined
      ? `<polyline class="curve" style="stroke: var(--curve-${index})" points="${path.join(' ')}"/>`
      : `<circle style="fill: var(--curve-${index})" r="3" cx="${toX(only[0]).toFixed(1)}" cy="${toY(only[1]).toFixed(1)}"/>`
  })
  const legend = drawn.map(({ name }, index) => {
    const x = MARGIN.left + index * 190
    return `<line class="curve" style="stroke: var(--curve-${index})" x1="${x}" x2="${x + 18}" y1="14" y2="14"/>${text(x + 24, 18, 'start', name)}`
  })
  return `<figure><figcaption>${escapeMarkup(title)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeMarkup(title)}">
${[...grid, ...xAxis, ...legend, ...curves].join('\n')}
${text(right, HEIGHT - 6, 'end', xLabel)}
</svg></figure>`
}

/** Round numbers from at most `low` to at least `high`, about five steps. */
export function niceTicks(low: number, high: number): number[] {
  const span = high - low || 1
  const raw = span / TICKS
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw * 0.999)!
  const first = Math.floor(low / step)
  const last = Math.ceil(high / step - 1e-9)
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step)
}

function upperLimit(values: readonly number[]): number {
  const top = values.reduce((largest, value) => Math.max(largest, value), 0)
  const middle = median(values)
  return middle > 0 && top > PEAK * middle ? (PEAK / 5) * middle : top || 1
}

function thinned<T>(points: readonly T[]): readonly T[] {
  const every = Math.ceil(points.length / MOST_POINTS)
  return every <= 1 ? points : points.filter((_, index) => index % every === 0 || index === points.length - 1)
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)))
}
