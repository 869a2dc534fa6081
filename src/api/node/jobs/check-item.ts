import { PureGalaxyError } from '../../../errors.ts'
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

/** Values of a position: NaN where they are missing, undefined where they are no numbers. */
export interface PositionValues {
  readonly ra: number | undefined
  readonly dec: number | undefined
  /** NaN where the source's own is meant. */
  readonly pixelScale: number | undefined
}

/** A row of a catalogue; with `error` where its position is none. */
export function positionItem(id: string, { ra, dec, pixelScale }: PositionValues): JobItem {
  const place = { ...inRange('ra', ra, 0, 360), ...inRange('dec', dec, -90, 90) }
  const error =
    wrong('ra', ra, 0, 360) ??
    wrong('dec', dec, -90, 90) ??
    (pixelScale === undefined || pixelScale <= 0 || pixelScale === Number.POSITIVE_INFINITY
      ? 'pixscale is no number above 0, in arcsec per pixel'
      : undefined)
  if (error !== undefined) return { id, ...place, error: `${error}.` }
  return { id, ...place, ...(Number.isNaN(pixelScale) ? {} : { pixelScale }) }
}

const inRange = (name: 'ra' | 'dec', value: number | undefined, minimum: number, maximum: number) =>
  wrong(name, value, minimum, maximum) === undefined ? { [name]: value } : {}

function wrong(
  name: string,
  value: number | undefined,
  minimum: number,
  maximum: number,
): string | undefined {
  if (value !== undefined && value >= minimum && value <= maximum) return undefined
  const found = value === undefined ? 'no number' : Number.isNaN(value) ? 'missing' : value
  return `${name} is ${found}; expected from ${minimum} to ${maximum} degrees`
}
