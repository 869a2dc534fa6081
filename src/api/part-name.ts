import type { MultipartPart } from '@remix-run/multipart-parser'
import { PureGalaxyError } from '../errors.ts'

/** Bytes of what stands before the content of a part. Names that fit in but are too long are told of that part alone. */
export const PART_HEADER_BYTES = 64 * 1024

/** What clients write in a name in place of a quote and of line ends (WHATWG HTML, "multipart form data"). */
const WRITTEN: Readonly<Record<string, string>> = { '%22': '"', '%0A': '\n', '%0D': '\r' }

/**
 * What a part of a form is called: its file name, or else its name, or else its number.
 *
 * @throws PureGalaxyError `api.schema` where it is no UTF-8
 */
export function partName(part: MultipartPart, index: number): string {
  let name: string
  try {
    name = part.filename || part.name || String(index)
  } catch (cause) {
    throw new PureGalaxyError('api.schema', `The name of part ${index} is no UTF-8.`, { cause })
  }
  return name.replace(/%(?:22|0A|0D)/g, (written) => WRITTEN[written]!)
}
