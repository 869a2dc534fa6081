import { PureGalaxyError } from '../../../errors.ts'

/** What an Idempotency-Key header may be: printable ASCII, with more than quotes alone and no blank at its ends. */
export const IDEMPOTENCY_KEY = /^(?!""$)[!-~]([ -~]{0,253}[!-~])?$/

/**
 * The key of an Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header), with or without the quotes of a string
 * of RFC 8941.
 *
 * @throws PureGalaxyError `api.idempotency-key` for one that is empty, longer than 255 characters, or not of printable ASCII
 */
export function idempotencyKey(header: string | null): string | undefined {
  if (header === null) return undefined
  if (IDEMPOTENCY_KEY.test(header))
    return /^"((?:[ !#-[\]-~]|\\["\\])*)"$/.exec(header)?.[1]?.replace(/\\(.)/g, '$1') ?? header
  throw new PureGalaxyError(
    'api.idempotency-key',
    'The Idempotency-Key must have 1 to 255 printable characters of ASCII, such as a UUID.',
  )
}
