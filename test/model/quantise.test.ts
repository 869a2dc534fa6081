import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dequantise, quantise } from '../../src/model/quantise.ts'

/** Weights of 1 to 4 channels, whose sizes differ by up to 60 powers of ten. */
const tensors = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 20 }))
  .chain(([channels, rows]) =>
    fc.record({
      channels: fc.constant(channels),
      weights: fc.float32Array({
        minLength: channels * rows,
        maxLength: channels * rows,
        noNaN: true,
        min: -(2 ** 127),
        max: 2 ** 127,
      }),
    }),
  )

const channelOf = (weights: ArrayLike<number>, channel: number, channels: number) =>
  Array.from(weights).filter((_, index) => index % channels === channel)

const largestOf = (weights: readonly number[]) => Math.max(...weights.map(Math.abs))

describe('weights in 8 bits', () => {
  it('are off by no more than half their channel’s scale, which is 1/127 of its largest weight', () => {
    fc.assert(
      fc.property(tensors, ({ weights, channels }) => {
        const quantised = quantise(weights, channels)
        const read = dequantise(quantised)
        expect(quantised.scales).toHaveLength(channels)
        for (let channel = 0; channel < channels; channel++) {
          const before = channelOf(weights, channel, channels)
          const after = channelOf(read, channel, channels)
          const scale = quantised.scales[channel]!
          // A scale is a float32, and never below the smallest normal one.
          const exact = Math.max(largestOf(before) / 127, 2 ** -126)
          expect(Math.abs(scale - exact)).toBeLessThanOrEqual(exact * 2 ** -24)
          // 127 scales of 24 bits, and the product's own rounding, are not more than this besides.
          const bound = scale / 2 + 128 * scale * 2 ** -23
          for (const [index, weight] of before.entries())
            expect(Math.abs(after[index]! - weight)).toBeLessThanOrEqual(bound)
        }
      }),
    )
  })

  it('reach 127 in every channel that holds more than zeros, and never −128', () => {
    fc.assert(
      fc.property(tensors, ({ weights, channels }) => {
        const { integers } = quantise(weights, channels)
        for (let channel = 0; channel < channels; channel++) {
          const largest = largestOf(channelOf(integers, channel, channels))
          if (largestOf(channelOf(weights, channel, channels)) >= 127 * 2 ** -126) expect(largest).toBe(127)
          else expect(largest).toBeLessThanOrEqual(127)
        }
      }),
    )
  })

  it('stay the same numbers when they are read and stored again', () => {
    fc.assert(
      fc.property(tensors, ({ weights, channels }) => {
        const once = quantise(weights, channels)
        expect(quantise(dequantise(once), channels).integers).toEqual(once.integers)
      }),
    )
  })

  it('of a channel of zeros are zeros, beside a channel that is none', () => {
    const { integers, scales } = quantise(Float32Array.of(0, 127, -0, -254), 2)
    expect(integers).toEqual(Int8Array.of(0, 64, 0, -127))
    expect(scales).toEqual(Float32Array.of(2 ** -126, 2))
    expect(dequantise({ integers, scales })).toEqual(Float32Array.of(0, 128, 0, -254))
  })

  it.each([0.1, -3e-30, 3e38])('of a channel that is %d everywhere are that to 23 bits', (value) => {
    const weights = new Float32Array(9).fill(value)
    for (const read of dequantise(quantise(weights, 1)))
      expect(Math.abs(read / weights[0]! - 1)).toBeLessThanOrEqual(2 ** -23)
  })
})
