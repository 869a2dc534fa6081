import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FormParser } from '../../src/api/form-parser.ts'

const part = (name: string, text: string) =>
  `--b0und\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`
const FORM = `${part('a', 'one')}${part('b', '\r\n--b0un')}--b0und--`

/** Names and contents of the parts of a body that comes in pieces. */
function partsOf(pieces: readonly Uint8Array[]): [name: string | undefined, text: string][] {
  const parser = new FormParser('b0und', {})
  const parts = pieces.flatMap((piece) => [...parser.write(piece)])
  parser.finish()
  return parts.map(({ name, text }) => [name, text])
}

const PARTS = partsOf([Buffer.from(FORM)])

describe('a form', () => {
  it('has its parts, however it is cut and whatever stands before and behind it', () => {
    expect(PARTS).toEqual([
      ['a', 'one'],
      ['b', '\r\n--b0un'],
    ])
    const line = fc.constantFrom('', 'a sentence', '--b0un', '\r', '-', '\r\n-', ' --b0und', 'x--b0und--')
    const before = fc
      .array(line, { maxLength: 4 })
      .map((lines) => lines.map((each) => `${each}\r\n`).join(''))
    const behind = fc.constantFrom('', '\r\n', '\r\nthe end\r\n', `\r\n${FORM}`)
    const cuts = fc.array(fc.nat(300), { maxLength: 12 })
    fc.assert(
      fc.property(before, behind, cuts, (head, tail, places) => {
        const body = Buffer.from(head + FORM + tail)
        const ends = [...places.sort((one, other) => one - other), body.length]
        const pieces = ends.map((end, at) => body.subarray(ends[at - 1] ?? 0, end))
        expect(partsOf(pieces)).toEqual(PARTS)
        expect(partsOf(Array.from(body, (byte) => Uint8Array.of(byte)))).toEqual(PARTS)
      }),
      { numRuns: 100 },
    )
  })

  it('has at most 64 KiB before its first boundary, in one piece or many', () => {
    const formBehind = (length: number) => Buffer.from(`${'-'.repeat(length)}\r\n${FORM}`)
    const pieces = (body: Buffer) =>
      Array.from({ length: Math.ceil(body.length / 1000) }, (_, at) =>
        body.subarray(1000 * at, 1000 * at + 1000),
      )
    for (const cut of [(body: Buffer) => [body], pieces]) {
      expect(partsOf(cut(formBehind(2 ** 16)))).toEqual(PARTS)
      expect(() => partsOf(cut(formBehind(2 ** 16 + 1)))).toThrow('no boundary in the first 65536 bytes')
    }
  })
})
