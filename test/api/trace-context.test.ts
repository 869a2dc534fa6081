import { describe, expect, it } from 'vitest'
import { traceContext } from '../../src/api/trace-context.ts'

const [TRACE, PARENT] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
const of = (traceparent: string, tracestate?: string) =>
  traceContext(new Headers({ traceparent, ...(tracestate === undefined ? {} : { tracestate }) }))

describe('a trace context', () => {
  it.each([
    `00-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-ff`,
    `cc-${TRACE}-${PARENT}-01`,
    `cc-${TRACE}-${PARENT}-01-more.to-come`,
  ])('%s is handed on, with its state', (traceparent) => {
    expect(of(traceparent)).toEqual({ traceparent })
    expect(of(traceparent, 'a=1,b=2')).toEqual({ traceparent, tracestate: 'a=1,b=2' })
  })

  it.each([
    '',
    `ff-${TRACE}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-01-more`,
    `cc-${TRACE}-${PARENT}-01.more`,
    `00-${TRACE}-${PARENT}`,
    `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`,
  ])('"%s" is none', (traceparent) => {
    expect(of(traceparent, 'a=1')).toBeUndefined()
  })

  it('goes without a state that is too long or not ASCII', () => {
    const traceparent = `00-${TRACE}-${PARENT}-01`
    for (const tracestate of [`a=${'x'.repeat(600)}`, 'a=é'])
      expect(of(traceparent, tracestate)).toEqual({ traceparent })
  })
})
