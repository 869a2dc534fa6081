import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonExcess } from '../../src/api/json-shape.ts'

const excess = (text: string, depth: number, tokens: number) =>
  jsonExcess(new TextEncoder().encode(text), { depth, tokens })

it.each([
  ['[[1]]', 2, 9, undefined],
  ['[[1]]', 1, 9, 'deep'],
  ['[[],[],[]]', 2, 99, undefined],
  ['["[[[["]', 1, 9, undefined],
  [String.raw`["\"[[[["]`, 1, 9, undefined],
  [String.raw`["\\"[[[["]`, 1, 9, 'deep'],
  ['"[[[[', 1, 9, undefined],
  ['{"a":1,"b":2}', 1, 7, undefined],
  ['{"a":1,"b":2}', 1, 6, 'long'],
  ['1,1,1,1', 1, 2, 'long'],
])('%s with %i levels and %i tokens: %s', (text, depth, tokens, expected) => {
  expect(excess(text, depth, tokens)).toBe(expected)
})

it('counts the levels of any JSON as JSON has them', () => {
  const levels = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(levels)) : 0
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value)
      const depth = levels(value)
      expect(excess(text, depth, text.length)).toBeUndefined()
      if (depth > 0) expect(excess(text, depth - 1, text.length)).toBe('deep')
    }),
    { numRuns: 300 },
  )
})
