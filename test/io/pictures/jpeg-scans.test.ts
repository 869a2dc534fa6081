import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refuseEndlessScans } from '../../../src/io/pictures/jpeg-scans.ts'

const START = [0xff, 0xd8]
const END = [0xff, 0xd9]
const segment = (marker: number, ...data: readonly number[]) => [
  ...[0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255],
  ...data,
]
/** Of 8 × 8 pixels and three bands. */
const frame = (marker: number) => segment(marker, 8, 0, 8, 0, 8, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0)
const scan = (bands: number, ...pixels: readonly number[]) => [
  ...segment(0xda, bands, ...Array(bands).fill([1, 0]).flat(), 0, 63, 0),
  ...pixels,
]
const times = (count: number, part: readonly number[]) => Array(count).fill(part).flat() as number[]

const refusal = (...parts: readonly (readonly number[])[]) => {
  try {
    refuseEndlessScans(Uint8Array.from(parts.flat()), 'm31.jpg')
  } catch (error) {
    return (error as Error).message
  }
  return undefined
}

const REFUSED = 'm31.jpg: truncated or damaged JPEG (it has more than 32 scans). Fetch the file again.'

describe('refuseEndlessScans', () => {
  it.each([
    ['progressive', 0xc2, 1],
    ['progressive, of all bands', 0xc2, 3],
    ['progressive and arithmetic', 0xca, 1],
    ['of bands that follow each other', 0xc0, 1],
  ])('lets 32 scans pass and 33 not, in a file %s', (_, marker, bands) => {
    expect(refusal(START, frame(marker), times(32, scan(bands, 1)), END)).toBeUndefined()
    expect(refusal(START, frame(marker), times(33, scan(bands, 1)), END)).toBe(REFUSED)
  })

  it('does not count what no decoder reads', () => {
    const many = times(200, scan(1, 1))
    expect(refusal(START, frame(0xc0), scan(3, 1), many, END)).toBeUndefined()
    expect(refusal(START, frame(0xc2), scan(1, 1), END, many)).toBeUndefined()
    expect(refusal(START, segment(0xe1, ...many), frame(0xc2), scan(1, 1), END)).toBeUndefined()
    expect(refusal(START, frame(0xc2), times(30, scan(1, 0xff, 0, 0xda)), END)).toBeUndefined()
  })

  it('finds scans behind restarts, filling and rubbish', () => {
    for (const between of [
      [0xff, 0xd0, 7],
      [0xff, 0xff, 0xff],
      [0xff, 0x00, 0xff, 0x01],
      [0xff, 0x02],
      segment(0xc4),
      [0xff, 0xfe, 0, 0],
    ])
      expect(refusal(START, frame(0xc2), times(33, [...scan(1, 5), ...between]), END)).toBe(REFUSED)
  })

  it('comes to an end in any file', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect([undefined, REFUSED]).toContain(refusal(START, Array.from(bytes)))
      }),
    )
  })
})
