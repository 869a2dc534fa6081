import { PureGalaxyError } from '../../errors.ts'

/** Carries the length of the JSON where tensors follow it. */
export const HEADER_LENGTH = 'inference-header-content-length'

/**
 * The JSON of a body and the binary data after it, both parts of the same memory.
 *
 * @param headerLength the header of that name; null where there is none, and all is JSON
 * @throws PureGalaxyError `api.tensor`
 */
export function splitBody(
  body: Uint8Array,
  headerLength: string | null,
): { readonly json: Uint8Array; readonly binary: Uint8Array } {
  const length = headerLength === null ? body.length : Number(headerLength)
  if (headerLength !== null && !(/^\d{1,15}$/.test(headerLength) && length >= 1 && length <= body.length))
    throw new PureGalaxyError(
      'api.tensor',
      `Inference-Header-Content-Length must be the bytes of the JSON with which the body begins, and the body has ${body.length}.`,
    )
  return { json: body.subarray(0, length), binary: body.subarray(length) }
}
