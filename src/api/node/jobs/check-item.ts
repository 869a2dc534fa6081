import { PureGalaxyError } from '../../../errors.ts'
import { type Cutout, parseCutout } from '../../../survey/cutout.ts'
import type { JobItem } from './job.ts'
import type { ItemLimits } from './read-items.ts'

/**
 * An identifier as it is stored.
 *
 * @param where what errors call its row
 * @throws PureGalaxyError `api.schema` for one that is empty, too long, or would not come back as it is
 */
export function checkId(id: unknown, where: string, { idLength }: ItemLimits): string {
  const refuse = (what: string) => new PureGalaxyError('api.schema', `${where}: the identifier ${what}.`)
  if (typeof id !== 'string') throw refuse('is no text. Put it in quotes, as numbers lose digits')
  if (id === '') throw refuse('is empty')
  if (id.length > idLength) throw refuse(`is longer than ${idLength} characters`)
  if (/\0|\p{Surrogate}/u.test(id)) throw refuse('has a character that is none in Unicode, or NUL')
  return id
}

/** A row of a catalogue; with `error` where its position is none. */
export function positionItem(id: string, values: { readonly [Name in keyof Cutout]?: unknown }): JobItem {
  const { ra, dec } = values
  const place = { ...(isNumber(ra) ? { ra } : {}), ...(isNumber(dec) ? { dec } : {}) }
  try {
    return { id, ...parseCutout(values) }
  } catch (error) {
    if (!(error instanceof PureGalaxyError)) throw error
    return { id, ...place, error: error.message }
  }
}

const isNumber = (value: unknown): value is number => Number.isFinite(value)
