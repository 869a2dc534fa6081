import type { RobustnessReport } from '../report-types.ts'

/** What every section of the page needs. */
export interface Page {
  readonly report: RobustnessReport
  /** Of the entries; no two are equal. */
  readonly labels: readonly string[]
  readonly numbering: Numbering
}

/** Numbers figures and tables in the order in which they are made. */
export class Numbering {
  #figures = 0
  #tables = 0

  /** @returns what a figure is called and its id: `Figure 3`, `figure-3` */
  figure(): { number: string; id: string } {
    this.#figures++
    return { number: `Figure ${this.#figures}`, id: `figure-${this.#figures}` }
  }

  table(): { number: string; id: string } {
    this.#tables++
    return { number: `Table ${this.#tables}`, id: `table-${this.#tables}` }
  }
}
