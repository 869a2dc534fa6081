/** An identifier for a request that brings none. Pages that came without TLS have no `crypto.randomUUID`. */
export const newRequestId = (): string =>
  crypto.randomUUID?.() ??
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
