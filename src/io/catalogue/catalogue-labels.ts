import { PureGalaxyError } from '../../errors.ts'
import type { ClassScheme } from '../../survey/galaxy10.ts'
import { isMissing } from './catalogue-numbers.ts'
import { type CatalogueRow, quoteCell } from './catalogue-rows.ts'
import type { Catalogue } from './read-catalogue.ts'

export interface CatalogueLabels {
  /** Exact class of each row, −1 where there is none. */
  readonly labels: Int32Array
  /** Bit mask of the classes that each row admits (bit k = class k); one bit where the label is exact, 0 where nothing is known. */
  readonly allowed: Uint16Array
}

/**
 * The labels of a catalogue, from its column of exact classes and its column `allowed` (`2|3|4`). Classes are numbers,
 * slugs or names. A row with an exact class admits that one; a row that admits one class has it as its exact class; a
 * row with neither is unknown.
 *
 * @param classes at most 16, the bits of a mask
 * @throws PureGalaxyError `io.catalogue.label` naming line and cell where a class is not among `classes`, or where the
 *   exact class is not among those admitted
 * @example catalogueLabels(await readCatalogue('train.csv'), GALAXY10_DECALS).labels // Int32Array, −1 … 9
 */
export function catalogueLabels(catalogue: Catalogue, classes: ClassScheme): CatalogueLabels {
  const labels = new Int32Array(catalogue.rows.length).fill(-1)
  const allowed = new Uint16Array(catalogue.rows.length)
  const numbers = classNumbers(classes)
  const parse = (row: CatalogueRow, field: 'label' | 'allowed', cell: string): number => {
    const found = numbers.get(comparable(cell))
    if (found !== undefined) return found
    throw labelError(
      catalogue,
      row,
      `${catalogue.fields[field]} is ${quoteCell(row[field])}, and ${describeClasses(classes, field)} expected`,
    )
  }
  catalogue.rows.forEach((row, at) => {
    const admitted = isMissing(row.allowed)
      ? []
      : row.allowed!.split('|').map((cell) => parse(row, 'allowed', cell))
    const mask = admitted.reduce((bits, k) => bits | (1 << k), 0)
    if (isMissing(row.label)) {
      allowed[at] = mask
      if (mask !== 0 && (mask & (mask - 1)) === 0) labels[at] = admitted[0]!
      return
    }
    const label = parse(row, 'label', row.label!)
    if (mask !== 0 && (mask & (1 << label)) === 0) {
      throw labelError(
        catalogue,
        row,
        `the class ${quoteCell(row.label)} is not among those allowed, ${quoteCell(row.allowed)}`,
      )
    }
    labels[at] = label
    allowed[at] = 1 << label
  })
  return { labels, allowed }
}

/** What a cell may say for each class, comparable. A name wins over a number: names that are numbers count otherwise. */
function classNumbers({ names, slugs }: ClassScheme): Map<string, number> {
  const numbers = new Map(names.map((_, k) => [String(k), k]))
  for (const list of [slugs, names]) {
    for (const [k, name] of list.entries()) numbers.set(comparable(name), k)
  }
  return numbers
}

/** Without case and surrounding space; programs that take a column for floating point write 3 as `3.0`. */
const comparable = (cell: string): string =>
  cell
    .trim()
    .toLowerCase()
    .replace(/^(\d+)\.0*$/, '$1')

function describeClasses({ slugs }: ClassScheme, field: 'label' | 'allowed'): string {
  const range = `0 to ${slugs.length - 1}`
  return field === 'label'
    ? `a class from ${range}, its name, or nothing was`
    : `classes from ${range} joined by | were`
}

const labelError = ({ path }: Catalogue, { line }: CatalogueRow, what: string): PureGalaxyError =>
  new PureGalaxyError('io.catalogue.label', `${path}, line ${line}: ${what}. Correct the row.`)
