import { escapeMarkup } from './markup.ts'

/** Above this many classes neither names nor numbers can be read: the cells alone are drawn. */
const READABLE_CLASSES = 24

/**
 * Draws a confusion matrix as a self-contained SVG: rows are the truth, columns the prediction, the shade is the fraction
 * of the row, the number the count. Light or dark with the reader's setting.
 *
 * @param confusion `[truth][prediction]`, counts
 * @param names of the classes
 * @param title below the matrix
 * @returns SVG text
 */
export function confusionFigure(
  confusion: readonly (readonly number[])[],
  names: readonly string[],
  title: string,
): string {
  const count = names.length
  const readable = count <= READABLE_CLASSES
  const cell = readable ? 44 : Math.max(1, Math.floor(1000 / count))
  const left = readable ? 40 + 6.4 * Math.max(...names.map(({ length }) => length)) : 40
  const top = readable ? left : 40
  const side = cell * count
  const cells: string[] = []
  for (const [truth, row] of confusion.entries()) {
    const total = row.reduce((sum, value) => sum + value, 0)
    for (const [prediction, value] of row.entries()) {
      if (value === 0) continue
      const share = value / total
      const x = left + prediction * cell
      const y = top + truth * cell
      cells.push(
        `<rect class="${truth === prediction ? 'right' : 'wrong'}" x="${x}" y="${y}" width="${cell}" height="${cell}" fill-opacity="${share.toFixed(3)}"/>`,
      )
      if (readable)
        cells.push(
          `<text class="${share > 0.55 ? 'on' : 'off'}" x="${x + cell / 2}" y="${y + cell / 2 + 4}" text-anchor="middle">${value}</text>`,
        )
    }
  }
  const captions = readable
    ? names.flatMap((name, k) => {
        const middle = (k + 0.5) * cell
        return [
          `<text class="off" x="${left - 8}" y="${top + middle + 4}" text-anchor="end">${escapeMarkup(name)}</text>`,
          `<text class="off" transform="translate(${left + middle + 4} ${top - 8}) rotate(-90)">${escapeMarkup(name)}</text>`,
        ]
      })
    : []
  const width = left + side + 16
  const height = top + side + 40
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeMarkup(title)}</title>
<style>
text { font: 12px system-ui, sans-serif } .off { fill: #222 } .on { fill: #fff } .paper { fill: #fff }
.right { fill: #1f6f8b } .wrong { fill: #b3472f } .frame { fill: none; stroke: #999 }
@media (prefers-color-scheme: dark) { .off { fill: #ddd } .on { fill: #fff } .paper { fill: #16181d } .frame { stroke: #666 } }
</style>
<rect class="paper" width="${width}" height="${height}"/>
${cells.join('\n')}
${captions.join('\n')}
<rect class="frame" x="${left}" y="${top}" width="${side}" height="${side}"/>
<text class="off" x="${left}" y="${top + side + 24}">${escapeMarkup(title)}; rows are the truth, columns the prediction</text>
</svg>
`
}
