/** A server's word that it has too much to do. */
export class TooBusy extends Error {
  override readonly name = 'TooBusy'
  /** Milliseconds after which it wants to be asked again, where it says so. */
  readonly retryAfter: number | undefined

  constructor(retryAfter: number | undefined) {
    super('the server has too much to do')
    this.retryAfter = retryAfter
  }
}

/**
 * Retry-After in milliseconds from now: seconds or a date (RFC 9110, section 10.2.3); undefined where it is neither.
 *
 * @example parseRetryAfter('2') // 2000
 */
export function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}
