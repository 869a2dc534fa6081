import { escapeMarkup } from '../../train/markup.ts'

/** How curves are told apart: colour (Okabe and Ito 2008, darkened or lightened for the page), dash and marker. */
const DASHES = ['', '7 4', '2 3', '10 3 2 3', '14 4', '4 2']
export const STYLE_COUNT = DASHES.length

/** SVG attributes of a line in one of the styles, counted round. */
export function lineStyle(style: number): string {
  const dash = DASHES[style % STYLE_COUNT]
  return `style="stroke: ${colour(style)}"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`
}

export function colour(style: number): string {
  return `var(--entry-${style % STYLE_COUNT})`
}

/** Corners of each marker about the origin, for a radius of 1; the first is a circle. */
// biome-ignore format: a line a marker
const MARKERS: readonly (readonly (readonly [x: number, y: number])[])[] = [
  [],
  [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  [[0, -1.2], [1.15, 0.85], [-1.15, 0.85]],
  [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
  [[0, 1.2], [1.15, -0.85], [-1.15, -0.85]],
  [[-0.4, -1.2], [0.4, -1.2], [0.4, 1.2], [-0.4, 1.2]],
]

/** @param tip shown while the pointer rests on the marker */
export function marker(style: number, x: number, y: number, radius: number, tip?: string): string {
  const corners = MARKERS[style % STYLE_COUNT]!
  const title = tip === undefined ? '' : `<title>${escapeMarkup(tip)}</title>`
  const fill = `class="marker" style="fill: ${colour(style)}"`
  if (corners.length === 0)
    return `<circle ${fill} cx="${at(x)}" cy="${at(y)}" r="${at(radius)}">${title}</circle>`
  const path = corners.map(([dx, dy]) => `${at(x + radius * dx)},${at(y + radius * dy)}`).join(' ')
  return `<polygon ${fill} points="${path}">${title}</polygon>`
}

/**
 * What each curve is, as a list of text beside samples of its line.
 *
 * @param reference what a dashed level line is: in the chart the text would lie on curves
 */
export function legend(
  items: readonly { readonly name: string; readonly style: number }[],
  reference?: string,
): string {
  const entries = items.map(
    ({ name, style }) =>
      `<li><svg viewBox="0 0 36 12" width="36" height="12" aria-hidden="true"><line class="curve" ${lineStyle(style)} x1="1" x2="35" y1="6" y2="6"/>${marker(style, 18, 6, 4)}</svg> ${escapeMarkup(name)}</li>`,
  )
  if (reference !== undefined)
    entries.push(
      `<li><svg viewBox="0 0 36 12" width="36" height="12" aria-hidden="true"><line class="reference" x1="1" x2="35" y1="6" y2="6"/></svg> ${escapeMarkup(reference)}</li>`,
    )
  return `<ul class="legend">${entries.join('')}</ul>`
}

/** Coordinate in SVG: a tenth of a unit is finer than any screen. */
export function at(value: number): string {
  return String(Number(value.toFixed(1)))
}
