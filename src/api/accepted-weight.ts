import { parseAccept } from 'hono/utils/accept'

/**
 * How much a client wants a media type by its Accept header: 0 to 1, and 0 where it does not name it. Types that it names with a `*`
 * do not count: whoever takes anything is answered as whoever says nothing.
 *
 * @param accept as `Headers.get` has it
 * @example acceptedWeight('text/csv;q=0.5, application/json', 'text/csv') // 0.5
 */
export function acceptedWeight(accept: string | null, type: string): number {
  return parseAccept(accept ?? '').find((accepted) => accepted.type.toLowerCase() === type)?.q ?? 0
}
