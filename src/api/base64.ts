import { PureGalaxyError } from '../errors.ts'
import { textOf } from './long-texts.ts'

/**
 * The bytes of a picture file in base64.
 *
 * @param text or the bytes that stood for it in a JSON
 * @throws PureGalaxyError `api.base64`
 */
export function fromBase64(text: string | Uint8Array): Uint8Array {
  try {
    const letters = atob(typeof text === 'string' ? text : textOf(text))
    const bytes = new Uint8Array(letters.length)
    for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at)
    return bytes
  } catch (cause) {
    throw new PureGalaxyError('api.base64', 'data is no base64 of a picture file.', { cause })
  }
}
