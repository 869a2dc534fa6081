import { escapeMarkup } from '../../train/markup.ts'
import type { ProductUnitLens } from '../report-types.ts'
import { mean } from '../statistics.ts'
import { heatMap } from './heat-map.ts'
import { htmlFigure } from './html-figure.ts'
import { disclosure, htmlTable } from './html-table.ts'
import { levelText, PROTOCOL_TITLES, plainText, shortened } from './labels.ts'
import { colour } from './marks.ts'
import { decimal, percent } from './numbers.ts'
import type { Page } from './page.ts'
import { unitChart } from './unit-chart.ts'

/** How product units move under noise: inputs on the floor, range of exponents. Nothing where no model has any. Markup. */
export function unitSection(page: Page): string {
  const { lenses } = page.report
  if (lenses.length === 0) return ''
  return `<section aria-labelledby="units"><h2 id="units">Product units under noise</h2>
<p>A product unit computes exp(W ∗ log max(x, floor)) with floor = softplus(θ) + 10⁻⁷. An input below the floor counts as the floor: its value is lost. The exponent is what the exponential is taken of; float16 overflows at 11.09, float32 and bfloat16 at 88.7.</p>
${lenses.map((lens) => lensMarkup(page, lens)).join('\n')}</section>`
}

const KEY = `<ul class="legend"><li><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="4" style="fill: ${colour(0)}"/></svg> no noise (filled)</li><li><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><rect class="hollow" style="stroke: ${colour(1)}" x="2.5" y="2.5" width="7" height="7"/></svg> worst level (hollow)</li></ul>`

function lensMarkup({ report, labels, numbering }: Page, lens: ProductUnitLens): string {
  const { entry, protocol, units } = lens
  const title = `${labels[entry]}: ${PROTOCOL_TITLES[protocol]}`
  if (units.length === 0) return ''
  const levels = units[0]!.views.map(({ level }) => levelText(protocol, level))
  const ends = units.map(({ name, views }) => ({
    name: plainText(name),
    clean: views[0]!,
    worst: views.at(-1)!,
  }))
  const floors = [
    mean(ends.map(({ clean }) => clean.floorHitFraction)),
    mean(ends.map(({ worst }) => worst.floorHitFraction)),
  ]
  const lowest = Math.min(...ends.map(({ worst }) => worst.exponentMin))
  const highest = Math.max(...ends.map(({ worst }) => worst.exponentMax))
  const names = ends.map(({ name }, index) => `${index + 1} ${shortened(name)}`)
  const floorChart = unitChart(
    ends.map(({ name, clean, worst }) => ({
      name,
      clean: [clean.floorHitFraction, clean.floorHitFraction],
      worst: [worst.floorHitFraction, worst.floorHitFraction],
    })),
    {
      label: `${title}: fraction of inputs on the floor, a pair a unit. Mean over the units ${percent(floors[0]!)} without noise, ${percent(floors[1]!)} at the worst level.`,
      yLabel: 'inputs on the floor',
      format: (value) => `${decimal(100 * value, 0)}\u00a0%`,
      within: [0, 1],
    },
  )
  const exponentChart = unitChart(
    ends.map(({ name, clean, worst }) => ({
      name,
      clean: [clean.exponentMin, clean.exponentMax],
      worst: [worst.exponentMin, worst.exponentMax],
    })),
    {
      label: `${title}: range of the exponents, a pair of bars a unit. At the worst level from ${decimal(lowest, 1)} to ${decimal(highest, 1)} over all units.`,
      yLabel: 'exponent, least to largest',
      format: (value) => decimal(value, 1),
      within: [-1, 1],
    },
  )
  const figure = htmlFigure({
    ...numbering.figure(),
    caption: `${title}. Inputs on the floor and range of the exponents of each product unit, without noise and at the worst level, ${levels.at(-1)}. All levels are in the tables below.`,
    drawing: `${KEY}<div class="panels wide"><div>${floorChart}</div><div>${exponentChart}</div></div>`,
  })
  const tables = [
    heatMap({
      ...numbering.table(),
      caption: `${title}: θ, floor, and fraction of the inputs on the floor in %.`,
      head: ['unit', 'θ', 'floor', ...levels],
      rows: units.map(({ theta, floor, views }, index) => ({
        name: names[index]!,
        leading: [decimal(theta, 3), decimal(floor, 3)],
        values: views.map(({ floorHitFraction }) => floorHitFraction),
      })),
    }),
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
    }),
  ]
  return `<h3>${escapeMarkup(title)}</h3>
<p>${report.entries[entry]!.models.length > 1 ? `Of its first model, ${escapeMarkup(plainText(lens.model))}. ` : ''}Inputs on the floor, mean over the units: ${percent(floors[0]!)} without noise, ${percent(floors[1]!)} at the worst level.</p>
${figure}
${disclosure(`All units of ${title}`, tables.join('\n'))}`
}
