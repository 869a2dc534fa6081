import { escapeMarkup } from '../../train/markup.ts'
import { CLEAN } from './labels.ts'

/** Plain text, which is escaped; `below` stands under it in small type, `share` (0 to 1) shades the cell. */
export type Cell = string | { readonly text: string; readonly below?: string; readonly share?: number | null }

export interface TableContent {
  /** Unique on the page. */
  readonly id: string
  /** `Table 2`; a table that belongs to a figure has none. */
  readonly number?: string
  readonly caption: string
  readonly head: readonly string[]
  /** The first cell heads its row. */
  readonly rows: readonly (readonly Cell[])[]
  /** The first column has long text, which wraps. */
  readonly words?: boolean
  /** The other columns have. */
  readonly wraps?: boolean
}

/** A table with its caption above; where it is wider than the page it scrolls in a box of its own. */
export function htmlTable({
  id,
  number,
  caption,
  head,
  rows,
  words = false,
  wraps = false,
}: TableContent): string {
  const kinds = [words ? 'words' : '', wraps ? 'wraps' : ''].filter(Boolean).join(' ')
  const title = number === undefined ? '' : `<b>${number}.</b> `
  return `<figure class="table"><figcaption id="${id}">${title}${escapeMarkup(caption)}</figcaption>
<div class="scroll" role="region" tabindex="0" aria-labelledby="${id}"><table${kinds === '' ? '' : ` class="${kinds}"`} aria-labelledby="${id}">
<thead><tr>${head.map((text) => `<th scope="col">${escapeMarkup(text === CLEAN ? CLEAN.replace(' ', '\u00a0') : text)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map(([first, ...others]) => `<tr>${cellMarkup(first!, 'th scope="row"')}${others.map((cell) => cellMarkup(cell, 'td')).join('')}</tr>`).join('\n')}
</tbody></table></div></figure>`
}

function cellMarkup(cell: Cell, tag: string): string {
  const { text, below, share } = typeof cell === 'string' ? { text: cell } : cell
  const shade = typeof share === 'number' ? ` class="shaded" style="--share: ${share.toFixed(3)}"` : ''
  const small = below === undefined ? '' : `<small>${escapeMarkup(below)}</small>`
  return `<${tag}${shade}>${escapeMarkup(text)}${small}</${tag.split(' ')[0]}>`
}

/** Something that opens at a click; it is printed in any case. */
export function disclosure(summary: string, content: string): string {
  return `<details><summary>${escapeMarkup(summary)}</summary>\n${content}\n</details>`
}
