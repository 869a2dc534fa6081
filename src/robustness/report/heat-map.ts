import { htmlTable, type TableContent } from './html-table.ts'
import { percentage } from './numbers.ts'

export interface HeatMapContent extends Pick<TableContent, 'id' | 'number' | 'caption' | 'head'> {
  /** Name of the row, what stands unshaded after it, and fractions (0 to 1). */
  readonly rows: readonly {
    readonly name: string
    readonly leading?: readonly string[]
    readonly values: readonly (number | null)[]
  }[]
}

/** Fractions as a shaded table: the numbers are the figure, so that it reads the same without its shades. Markup. */
export function heatMap({ rows, ...content }: HeatMapContent): string {
  return htmlTable({
    ...content,
    rows: rows.map(({ name, leading = [], values }) => [
      name,
      ...leading,
      ...values.map((share) => ({ text: percentage(share), share })),
    ]),
  })
}
