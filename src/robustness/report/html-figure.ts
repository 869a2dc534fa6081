import { escapeMarkup } from '../../train/markup.ts'
import { disclosure, htmlTable, type TableContent } from './html-table.ts'

export interface FigureContent {
  readonly number: string
  readonly id: string
  readonly caption: string
  /** Drawings and legend, as markup. */
  readonly drawing: string
  /** The figure's numbers as a table that opens at a click; none where a table beside it holds them already. */
  readonly numbers?: Pick<TableContent, 'head' | 'rows'>
}

/** A figure with its caption below, and its numbers for those who cannot see it or want to copy them. */
export function htmlFigure({ number, id, caption, drawing, numbers }: FigureContent): string {
  const table =
    numbers === undefined
      ? ''
      : disclosure(
          `Numbers of ${number}`,
          htmlTable({ id: `${id}-numbers`, caption: `The numbers of ${number}.`, ...numbers }),
        )
  return `<figure id="${id}">${drawing}
<figcaption><b>${number}.</b> ${escapeMarkup(caption)}</figcaption>${table}</figure>`
}
