import { PureGalaxyError } from '../../errors.ts'
import type { ClassScheme } from '../../survey/galaxy10.ts'
import type { Hdf5Writer } from './hdf5-writer.ts'
import { CLASS_NAMES_ATTRIBUTE, CLASS_SLUGS_ATTRIBUTE, NO_EXACT_LABEL } from './read-labels.ts'
import type { Galaxy10Batch } from './write-galaxy10.ts'

const MEASURES = ['ra', 'dec', 'redshift', 'pxscale'] as const

/** All columns of a Galaxy10 file but the pictures, gathered batch by batch: some 60 bytes a picture. */
export class Galaxy10Columns {
  readonly #path: string
  readonly #classes: ClassScheme
  readonly #labels: number[] = []
  readonly #allowed: number[] = []
  readonly #ids: string[] = []
  readonly #measures = { ra: [], dec: [], redshift: [], pxscale: [] } as Record<
    (typeof MEASURES)[number],
    number[]
  >
  /** Columns that at least one batch has. */
  readonly #present = new Set<string>()

  constructor(path: string, classes: ClassScheme) {
    if (classes.names.length > NO_EXACT_LABEL) {
      throw new PureGalaxyError(
        'io.hdf5.labels',
        `${path}: Galaxy10's layout holds at most ${NO_EXACT_LABEL} classes, and there are ${classes.names.length}.`,
      )
    }
    this.#path = path
    this.#classes = classes
  }

  /** Pictures so far. */
  get length(): number {
    return this.#labels.length
  }

  /**
   * Adds a batch's columns, with NaN, '' and the exact class for those that it lacks.
   *
   * @throws PureGalaxyError `io.batch` where a column has another length, a label or mask is out of range
   */
  append(batch: Galaxy10Batch): void {
    const { labels, allowed, ids } = batch
    const count = labels.length
    const classes = this.#classes.names.length
    for (const name of ['allowed', 'ids', ...MEASURES] as const) {
      const column = batch[name]
      if (column === undefined) continue
      if (column.length !== count) this.#refuse(`${column.length} values of ${name} for ${count} pictures`)
      this.#present.add(name)
    }
    for (let i = 0; i < count; i++) {
      const label = labels[i] === NO_EXACT_LABEL ? -1 : labels[i]!
      if (!(Number.isInteger(label) && label >= -1 && label < classes)) {
        this.#refuse(`the label ${label}; −1 … ${classes - 1} was expected`)
      }
      const mask = allowed?.[i] ?? (label < 0 ? 0 : 2 ** label)
      if (label < 0) this.#present.add('allowed')
      if (!(Number.isInteger(mask) && mask >= 0 && mask < 2 ** classes)) {
        this.#refuse(`the mask ${mask} of admitted classes; 0 … ${2 ** classes - 1} was expected`)
      }
      this.#labels.push(label < 0 ? NO_EXACT_LABEL : label)
      this.#allowed.push(mask)
      this.#ids.push(ids?.[i] ?? '')
      for (const name of MEASURES) this.#measures[name].push(batch[name]?.[i] ?? Number.NaN)
    }
  }

  /** Writes the columns that at least one batch had. */
  write(writer: Hdf5Writer): void {
    writer.writeNumbers('ans', Uint8Array.from(this.#labels))
    if (this.#present.has('allowed')) {
      if (this.#classes.names.length > 16) {
        throw new PureGalaxyError(
          'io.hdf5.labels',
          `${this.#path}: partial labels are held for at most 16 classes.`,
        )
      }
      writer.writeNumbers('allowed', Uint16Array.from(this.#allowed))
    }
    if (this.#present.has('ids')) writer.writeStrings('ids', this.#ids)
    for (const name of MEASURES) {
      if (this.#present.has(name)) writer.writeNumbers(name, Float64Array.from(this.#measures[name]))
    }
    writer.writeTextAttribute(CLASS_NAMES_ATTRIBUTE, this.#classes.names)
    writer.writeTextAttribute(CLASS_SLUGS_ATTRIBUTE, this.#classes.slugs)
  }

  #refuse(what: string): never {
    throw new PureGalaxyError('io.batch', `${this.#path}: a batch after picture ${this.length} has ${what}.`)
  }
}
