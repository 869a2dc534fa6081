import { PureGalaxyError } from '../errors.ts'

/** RFC 2046, section 5.1.1: 1 to 70 characters of these. */
const BOUNDARY = /;\s*boundary=(?:"([\w'()+,./:=? -]{0,69}[\w'()+,./:=?-])"|([\w'+./=?:-]{1,70}))\s*(?:;|$)/i

/**
 * What stands between the parts of a form.
 *
 * @throws PureGalaxyError `api.multipart` for a Content-Type that names none
 */
export function formBoundary(contentType: string): string {
  const found = BOUNDARY.exec(contentType)
  const boundary = found?.[1] ?? found?.[2]
  if (boundary !== undefined) return boundary
  throw new PureGalaxyError('api.multipart', 'The Content-Type names no boundary that a form may have.')
}
