/**
 * The trace that a request belongs to, as its client sent it (W3C Trace Context). This server records no spans of its own, so it
 * hands both headers on as they are: to the log, and to servers that it asks on the request's behalf.
 */
export interface TraceContext {
  readonly traceparent: string
  readonly tracestate?: string
}

/** Section 3.2.2: version, trace, parent, flags; later versions may have more behind another dash. */
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[\x21-\x7e]{1,200})?$/

/** Section 3.3: members of printable ASCII; the length is the least that must be handed on. */
const TRACESTATE = /^[\x20-\x7e\t]{1,512}$/

/** What of the headers is well-formed; without a trace's parent its state says nothing. */
export function traceContext(headers: Headers): TraceContext | undefined {
  const traceparent = headers.get('traceparent') ?? ''
  const tracestate = headers.get('tracestate') ?? ''
  const [, version, more] = TRACEPARENT.exec(traceparent) ?? []
  if (version === undefined || (version === '00' && more !== undefined)) return undefined
  return TRACESTATE.test(tracestate) ? { traceparent, tracestate } : { traceparent }
}
