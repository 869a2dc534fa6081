import { escapeMarkup } from '../../train/markup.ts'
import type { ProductUnitLens, UnitView } from '../report-types.ts'
import { mean } from '../statistics.ts'
import { heatMap } from './heat-map.ts'
import { htmlFigure } from './html-figure.ts'
import { disclosure, htmlTable } from './html-table.ts'
import { levelText, PROTOCOL_TITLES, plainText, shortened } from './labels.ts'
import { colour } from './marks.ts'
import { decimal, percent } from './numbers.ts'
import type { Page } from './page.ts'
import { type UnitChartOptions, unitChart } from './unit-chart.ts'

/** How product units, and floors in their place, move under noise. Nothing where no model has any. Markup. */
export function unitSection(page: Page): string {
  const lenses = page.report.lenses.filter(({ units }) => units.length > 0)
  if (lenses.length === 0) return ''
  const floors = lenses.some((lens) => !hasExponents(lens))
    ? ' Where only the floor of a product unit was trained (second layer <code>floor</code>) there is a sum, conv(max(x, floor), W), and no exponent.'
    : ''
  return `<section aria-labelledby="units"><h2 id="units">Product units under noise</h2>
<p>A product unit computes exp(W ∗ log max(x, floor)) with floor = softplus(θ) + 10⁻⁷. An input below the floor counts as the floor: its value is lost. The exponent is what the exponential is taken of; float16 overflows at 11.09, float32 and bfloat16 at 88.7.${floors}</p>
${lenses.map((lens) => lensMarkup(page, lens)).join('\n')}</section>`
}

/** Floors without a product have none. */
const hasExponents = ({ units }: ProductUnitLens) => units[0]!.views[0]!.exponentMin !== null

const KEY = `<ul class="legend"><li><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="4" style="fill: ${colour(0)}"/></svg> no noise (filled)</li><li><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><rect class="hollow" style="stroke: ${colour(1)}" x="2.5" y="2.5" width="7" height="7"/></svg> worst level (hollow)</li></ul>`

function lensMarkup({ report, labels, numbering }: Page, lens: ProductUnitLens): string {
  const { entry, protocol, units } = lens
  const title = `${labels[entry]}: ${PROTOCOL_TITLES[protocol]}`
  const exponents = hasExponents(lens)
  const levels = units[0]!.views.map(({ level }) => levelText(protocol, level))
  const [clean, worst] = [0, levels.length - 1].map((at) =>
    percent(mean(units.map(({ views }) => views[at]!.floorHitFraction))),
  )
  const charts = [
    rangeChart(units, ({ floorHitFraction }) => [floorHitFraction, floorHitFraction], {
      label: `${title}: fraction of inputs on the floor, a pair a unit. Mean over the units ${clean} without noise, ${worst} at the worst level.`,
      yLabel: 'inputs on the floor',
      format: (value) => `${decimal(100 * value, 0)}\u00a0%`,
      within: [0, 1],
    }),
    ...(exponents ? [exponentChart(title, units)] : []),
  ]
  const figure = htmlFigure({
    ...numbering.figure(),
    caption: `${title}. Inputs on the floor${exponents ? ' and range of the exponents of each product unit' : ' of each layer'}, without noise and at the worst level, ${levels.at(-1)}. All levels are in the tables below.`,
    drawing: `${KEY}<div class="panels wide">${charts.map((chart) => `<div>${chart}</div>`).join('')}</div>`,
  })
  const names = units.map(({ name }, index) => `${index + 1} ${shortened(name)}`)
  const floorTable = heatMap({
    ...numbering.table(),
    caption: `${title}: θ, floor, and fraction of the inputs on the floor in %.`,
    head: ['unit', 'θ', 'floor', ...levels],
    rows: units.map(({ theta, floor, views }, index) => ({
      name: names[index]!,
      leading: [decimal(theta, 3), decimal(floor, 3)],
      values: views.map(({ floorHitFraction }) => floorHitFraction),
    })),
  })
  const exponentTable = () =>
    htmlTable({
      ...numbering.table(),
      caption: `${title}: least and largest exponent.`,
      head: ['unit', ...levels],
      rows: units.map(({ views }, index) => [
        names[index]!,
        ...views.map(
          ({ exponentMin, exponentMax }) => `${decimal(exponentMin, 1)} to ${decimal(exponentMax, 1)}`,
        ),
      ]),
    })
  return `<h3>${escapeMarkup(title)}</h3>
<p>${report.entries[entry]!.models.length > 1 ? `Of its first model, ${escapeMarkup(plainText(lens.model))}. ` : ''}Inputs on the floor, mean over the units: ${clean} without noise, ${worst} at the worst level.</p>
${figure}
${disclosure(`All units of ${title}`, [floorTable, ...(exponents ? [exponentTable()] : [])].join('\n'))}`
}

type Units = ProductUnitLens['units']

function exponentChart(title: string, units: Units): string {
  const worst = units.map(({ views }) => views.at(-1)!)
  const lowest = Math.min(...worst.map(({ exponentMin }) => exponentMin ?? Number.NaN))
  const highest = Math.max(...worst.map(({ exponentMax }) => exponentMax ?? Number.NaN))
  const range = ({ exponentMin, exponentMax }: UnitView) =>
    [exponentMin ?? Number.NaN, exponentMax ?? Number.NaN] as const
  return rangeChart(units, range, {
    label: `${title}: range of the exponents, a pair of bars a unit. At the worst level from ${decimal(lowest, 1)} to ${decimal(highest, 1)} over all units.`,
    yLabel: 'exponent, least to largest',
    format: (value) => decimal(value, 1),
    within: [-1, 1],
  })
}

/** A range of each unit without noise and at the worst level. */
function rangeChart(
  units: Units,
  range: (view: UnitView) => readonly [low: number, high: number],
  options: UnitChartOptions,
): string {
  const ranges = units.map(({ name, views }) => ({
    name: plainText(name),
    clean: range(views[0]!),
    worst: range(views.at(-1)!),
  }))
  return unitChart(ranges, options)
}
