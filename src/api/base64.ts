import { PureGalaxyError } from '../errors.ts'

/**
 * The bytes of a picture file in base64.
 *
 * @throws PureGalaxyError `api.base64`
 */
export function fromBase64(text: string): Uint8Array {
  try {
    const letters = atob(text)
    const bytes = new Uint8Array(letters.length)
    for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at)
    return bytes
  } catch (cause) {
    throw new PureGalaxyError('api.base64', 'data is no base64 of a picture file.', { cause })
  }
}
