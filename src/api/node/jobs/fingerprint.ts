import { createHash } from 'node:crypto'
import type { JobItem } from './job.ts'

/** A hash of the rows of a job, by which they are known when they are sent again, however their bytes come. */
export class Fingerprint {
  readonly #hash = createHash('sha256')

  /** @param query what the job was asked for */
  constructor(query: unknown) {
    this.#hash.update(`${JSON.stringify(query)}\n`)
  }

  add({ picture, ...cells }: JobItem): void {
    this.#hash.update(`${JSON.stringify([cells, picture?.length])}\n`)
    if (picture !== undefined) this.#hash.update(picture)
  }

  digest(): string {
    return this.#hash.digest('hex')
  }
}
