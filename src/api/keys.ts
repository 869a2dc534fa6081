import { PureGalaxyError } from '../errors.ts'

/** Who has a key, and what of the server it may have, where that is not what all may (`ApiLimits`). */
export interface Client {
  readonly name: string
  /** Pictures a second. */
  readonly rate?: number
  /** Requests in work at once. */
  readonly requests?: number
}

/** Whose key a bearer token is. */
export interface Keys {
  /** @returns undefined when there is no such key */
  find(token: string): Promise<Client | undefined>
}

interface Key extends Client {
  readonly digest: Uint8Array
}

const LINE = /^(\S{1,64})\s+([0-9a-f]{64})((?:\s+(?:rate|requests)=[1-9]\d{0,8})*)$/i

/**
 * Keys of a list: a line each, a name and the SHA-256 of the key in hexadecimal, then if wanted `rate=` (pictures a second)
 * and `requests=` (at once); empty lines and those that begin with `#` say nothing. A name may stand on two lines, while one
 * key takes over from another.
 *
 * @param where what errors call the list
 * @throws PureGalaxyError `api.keys` for a line of another form, or no key at all
 * @example parseKeys('pipeline 2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b').find('secret')
 */
export function parseKeys(text: string, where = 'the list of keys'): Keys {
  const keys = text.split(/\r?\n/).flatMap((line, index): Key[] => {
    if (/^\s*(#|$)/.test(line)) return []
    const [, name, digest, limits = ''] = LINE.exec(line.trim()) ?? []
    if (name !== undefined && digest !== undefined)
      return [{ name, digest: fromHexadecimal(digest), ...clientLimits(limits) }]
    // The line itself stays unsaid: somebody may have put a key there as it is.
    throw new PureGalaxyError(
      'api.keys',
      `${where}, line ${index + 1}: expected a name and the SHA-256 of the key, 64 hexadecimal digits; then rate= or requests=, whole numbers above 0.`,
    )
  })
  if (keys.length === 0)
    throw new PureGalaxyError(
      'api.keys',
      `${where} holds no key. Write a line with a name and the SHA-256 of a key.`,
    )
  return {
    async find(token) {
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)))
      let found: Client | undefined
      // All are compared whole, whichever it is, so that the time says nothing.
      for (const key of keys) if (equal(key.digest, digest)) found = key
      return found
    },
  }
}

/** ` rate=5 requests=2` as an object. */
const clientLimits = (text: string): Partial<Client> =>
  Object.fromEntries(
    text
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word) => word.toLowerCase().split('='))
      .map(([name, value]) => [name, Number(value)]),
  )

function equal(one: Uint8Array, other: Uint8Array): boolean {
  let difference = 0
  for (let at = 0; at < one.length; at++) difference |= one[at]! ^ other[at]!
  return difference === 0
}

const fromHexadecimal = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16))

/** The token of an Authorization header, or undefined where it has none. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +([\w.~+/=-]{1,512})$/i.exec(header ?? '')?.[1]
}
